"""Verdicts of curators on identified specimens, which the next run reads back."""

from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError, first_ten, why_not_opened
from bioscan.core.records import RANKS

#: A label that is right; one that takes the place of another; a photograph that is not used.
CONFIRMED, CORRECTED, NO_PHOTOGRAPH = "confirmed", "corrected", "remove photograph"
VERDICTS = (CONFIRMED, CORRECTED, NO_PHOTOGRAPH)

#: Why a photograph is set aside.
REMOVED = "removed by a curator"

VERDICTS_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "verdict": pl.String(),
    "label": pl.String(),
    "rank": pl.String(),
}


def read_verdicts(path: Path) -> pl.DataFrame:
    """The verdicts of a CSV: processid, verdict, label and, where it is given, the label's rank.

    Rows without a verdict are passed over, so that a table of all specimens may be filled in.

    Returns:
        VERDICTS_SCHEMA.

    Raises:
        InputError: a column is missing, a verdict is none of VERDICTS, a corrected label or a rank
            is missing or unknown, or a specimen has two verdicts on its label or its photograph.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = why_not_opened(error) if isinstance(error, OSError) else str(error).split("\n")[0]
        raise InputError(f"{path}: cannot be read as a CSV of verdicts ({reason})") from error
    if missing := [name for name in ("processid", "verdict") if name not in table.columns]:
        raise InputError(f"{path}: missing column(s): {', '.join(missing)}")
    absent = [pl.lit(None, pl.String).alias(n) for n in VERDICTS_SCHEMA if n not in table.columns]
    given = table.with_columns(absent).select(pl.col(list(VERDICTS_SCHEMA)).str.strip_chars())
    given = given.with_columns(pl.col(pl.String).replace("", None)).with_row_index("line", offset=2)
    given = given.drop_nulls("verdict")
    faults = {
        f"expected one of {', '.join(VERDICTS)}": ~pl.col("verdict").is_in(VERDICTS),
        "expected a processid": pl.col("processid").is_null(),
        "expected a label": (pl.col("verdict") == CORRECTED) & pl.col("label").is_null(),
        f"expected one of the ranks {', '.join(RANKS)}": ~pl.col("rank").is_in(RANKS),
        "expected one verdict per specimen and label": pl.struct(
            "processid", pl.col("verdict") == NO_PHOTOGRAPH
        ).is_duplicated(),
    }
    for expected, is_fault in faults.items():
        wrong = given.filter(is_fault)
        if wrong.height:
            cases = (f"line {line}: {row!r}" for line, *row in wrong.iter_rows())
            raise InputError(f"{path}: {first_ten(cases, '; ')}; {expected}")
    return given.select(*VERDICTS_SCHEMA)
