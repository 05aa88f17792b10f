"""Verdicts of curators on identified specimens, which the next run reads back."""

import logging
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError, first_ten, why_not_opened
from bioscan.core.records import RANKS

log = logging.getLogger("bioscan.core")

#: A label that is right; one that takes the place of another; a photograph that is not used.
CONFIRMED, CORRECTED, NO_PHOTOGRAPH = "confirmed", "corrected", "remove photograph"
VERDICTS = (CONFIRMED, CORRECTED, NO_PHOTOGRAPH)

#: Why a photograph is set aside.
REMOVED = "removed by a curator"

#: What a curator writes.
_WRITTEN = ("processid", "verdict", "label", "label_rank")

#: RANKS: the lineage of the label, from the root down to it, where the row has one.
VERDICTS_SCHEMA: dict[str, pl.DataType] = dict.fromkeys((*_WRITTEN, *RANKS), pl.String())

#: What a specimen was identified as, and the rank of that: columns of identified.csv.
_NAME, _NAME_RANK = "name", "rank"


def read_verdicts(path: Path) -> pl.DataFrame:
    """The verdicts of a CSV: processid, verdict, label and, where it is given, the label's rank.

    The CSV may be a copy of identified.csv, with these columns beside its own: a name that is
    confirmed needs no label, and a label that stands in the lineage of its row brings this lineage.
    Rows without a verdict are passed over, so that a table of all specimens may be filled in.

    Returns:
        VERDICTS_SCHEMA.

    Raises:
        InputError: a column is missing, a verdict is none of VERDICTS, a label or a rank is missing
            or unknown, or a specimen has two verdicts on its label or its photograph.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = why_not_opened(error) if isinstance(error, OSError) else str(error).split("\n")[0]
        raise InputError(f"{path}: cannot be read as a CSV of verdicts ({reason})") from error
    if missing := [name for name in ("processid", "verdict") if name not in table.columns]:
        raise InputError(f"{path}: missing column(s): {', '.join(missing)}")
    if _NAME_RANK in table.columns and _NAME not in table.columns:
        log.warning("%s: column 'rank' is not read; that of a label is 'label_rank'", path)
    columns = (*VERDICTS_SCHEMA, _NAME, _NAME_RANK)
    absent = [pl.lit(None, pl.String).alias(name) for name in columns if name not in table.columns]
    given = table.with_columns(absent).select(pl.col(columns).str.strip_chars())
    given = given.with_columns(pl.col(pl.String).replace("", None)).with_row_index("line", offset=2)
    given = _with_lineage(given.drop_nulls("verdict"))
    faults = {
        f"expected one of {', '.join(VERDICTS)}": ~pl.col("verdict").is_in(VERDICTS),
        "expected a processid": pl.col("processid").is_null(),
        "expected a label": (pl.col("verdict") == CORRECTED) & pl.col("label").is_null(),
        "nothing is decided that could be confirmed, expected a label": (
            pl.col("verdict") == CONFIRMED
        )
        & pl.col("label").is_null(),
        f"expected one of the ranks {', '.join(RANKS)}": ~pl.col("label_rank").is_in(RANKS),
        "expected one verdict per specimen and label": pl.struct(
            "processid", pl.col("verdict") == NO_PHOTOGRAPH
        ).is_duplicated(),
    }
    for expected, is_fault in faults.items():
        wrong = given.filter(is_fault)
        if wrong.height:
            shown = wrong.select("line", *_WRITTEN)
            cases = (f"line {line}: {row!r}" for line, *row in shown.iter_rows())
            raise InputError(f"{path}: {first_ten(cases, '; ')}; {expected}")
    return given.select(*VERDICTS_SCHEMA)


def _with_lineage(given: pl.DataFrame) -> pl.DataFrame:
    """Complete what is confirmed without a label, and keep of each row the lineage of its label."""
    answer = (pl.col("verdict") == CONFIRMED) & pl.col("label").is_null()
    given = given.with_columns(
        pl.when(answer).then(_NAME).otherwise("label").alias("label"),
        pl.when(answer).then(_NAME_RANK).otherwise("label_rank").alias("label_rank"),
    )
    stands = [
        (pl.col(rank) == pl.col("label"))
        & (pl.col("label_rank").is_null() | (pl.col("label_rank") == rank))
        for rank in RANKS
    ]
    depth = pl.coalesce(
        *(pl.when(here).then(place) for place, here in reversed(list(enumerate(stands)))),
        pl.lit(None, pl.Int32),
    )
    found = given.with_columns(depth.alias("depth"))
    named = pl.coalesce(
        *(pl.when(depth=place).then(pl.lit(rank)) for place, rank in enumerate(RANKS))
    )
    above = [
        pl.when(pl.col("depth") >= place).then(rank).alias(rank) for place, rank in enumerate(RANKS)
    ]
    return found.with_columns(pl.coalesce("label_rank", named).alias("label_rank"), *above)
