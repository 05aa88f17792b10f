"""Checking, typing and writing the canonical records."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.core.records import (
    EXPERIMENT_SPLITS,
    EXPERIMENTS,
    RANKS,
    SCHEMA,
    SPLITS,
    most_specific_taxon,
)
from bioscan.ingest.delimited import NUL
from bioscan.ingest.missing import BLANK

#: The taxonomic labels of a record; 1M has two more than there are ranks.
LABEL_COLUMNS = (*RANKS, "tribe", "subspecies")

#: Names that are safe for a file: no separators or control characters, and no leading dot ("..") or
#: dash (an option of many commands).
SAFE_NAME = r"^[^\x00-\x1f/\\.-][^\x00-\x1f/\\]*$"

#: Any character that is neither a nucleotide in the one-letter code of the IUPAC (NC-IUB 1984), in
#: either case, nor a gap. Ambiguous nucleotides and gaps are allowed, as the models read them as
#: unknown.
NO_NUCLEOTIDE = r"[^ACGTNRYSWKMBDHVacgtnryswkmbdhv-]"

#: Greatest absolute value of a coordinate, degrees.
COORDINATE_LIMITS = {"coord-lat": 90, "coord-lon": 180}

#: The roles that a column may hold.
ROLES = {"split": SPLITS, **dict.fromkeys(EXPERIMENTS, EXPERIMENT_SPLITS)}

_NUMBERS = [name for name, dtype in SCHEMA.items() if dtype != pl.String()]
_TEXTS = [name for name in SCHEMA if name not in _NUMBERS]


def write_records(
    batches: Iterable[pl.DataFrame], source: Path, records: Path
) -> tuple[pl.DataFrame, int]:
    """Check, type and write the canonical records, in the order of the rows.

    Labels stay as they are written, except that a label of spaces only is missing, like an empty
    one. Barcodes become upper case.

    Args:
        batches: strings under canonical names, null where missing; columns that they lack become
            null. A row with a `reason` is quarantined; reasons name its `row_number`.
        source: the file that messages name.
        records: the Parquet file to write, with the columns and types of SCHEMA.

    Returns:
        The quarantined rows (QUARANTINE_SCHEMA) in their order, and the number of all rows.

    Raises:
        InputError: a split that no paper has, or a fault that the batches raise.
    """
    total = 0
    faulty: list[pl.DataFrame] = []
    names = [pl.DataFrame(schema={"row": pl.UInt32, "processid": pl.String})]
    with atomic(records) as partial:
        with _writer(partial) as writer:
            for batch in batches:
                rows = _complete(batch).with_row_index("row", offset=total)
                total += rows.height
                _check_roles(rows, source)
                conditions = [condition for condition, _ in _faults()]
                is_faulty = rows.select(pl.any_horizontal(conditions).fill_null(False)).to_series()
                good = rows.filter(~is_faulty)
                faulty.append(rows.filter(is_faulty).select("row", "processid", _reason()))
                names.append(good.select("row", "processid"))
                writer.write_table(_typed(good).to_arrow())
        processids = pl.concat(names)
        first = processids["processid"].is_first_distinct()
        # Repeated processids are rare, and known only at the end.
        if not first.all():
            _keep_rows(partial, first)
        repeated = processids.filter(~first).with_columns(reason=pl.lit("processid occurs before"))
        quarantined = pl.concat([*faulty, repeated]).sort("row").select(list(QUARANTINE_SCHEMA))
        written = pq.read_metadata(partial).num_rows
        if written + quarantined.height != total:
            raise RuntimeError(f"{written} + {quarantined.height} of {total} rows of {source}")
    return quarantined, total


def _complete(batch: pl.DataFrame) -> pl.DataFrame:
    """All columns of SCHEMA and `reason` as strings, and `row_number`."""
    schema = dict.fromkeys((*SCHEMA, "reason"), pl.String) | {"row_number": pl.UInt32}
    return batch.select(
        pl.col(name) if name in batch.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    """The canonical records of strings without a fault."""
    labels = pl.col(*LABEL_COLUMNS)
    return (
        rows.with_columns(*map(_number, _NUMBERS), pl.col("dna_barcode").str.to_uppercase())
        .with_columns(pl.when(labels.str.contains(r"\S")).then(labels))
        .with_columns(pl.col("inferred_ranks").fill_null(0), most_specific_taxon())
        .select(list(SCHEMA))
    )


def _number(name: str) -> pl.Expr:
    """A column of strings as numbers; null where it is no finite number ("nan", "inf").

    Programs write a whole number in a column with gaps as "1001.0".
    """
    text = pl.col(name)
    if SCHEMA[name].is_integer():
        text = text.str.replace(r"^([+-]?\d+)\.0*$", "$1")
    number = text.cast(SCHEMA[name], strict=False)
    return pl.when(number.is_finite()).then(number).alias(name)


def _faults() -> list[tuple[pl.Expr, pl.Expr]]:
    """Conditions that quarantine a row of strings, with reasons; the first that holds counts."""
    processid, barcode = pl.col("processid"), pl.col("dna_barcode")
    return [
        (pl.col("reason").is_not_null(), pl.col("reason")),
        (
            pl.any_horizontal(pl.col(_TEXTS).str.contains(NUL, literal=True)),
            pl.lit("holds a NUL byte, or bytes that are not UTF-8"),
        ),
        (processid.is_null(), pl.lit("no processid")),
        (processid.str.strip_chars() != processid, pl.lit("processid has spaces around it")),
        (~processid.str.contains(SAFE_NAME), pl.lit("processid is no safe file name")),
        *(
            (
                pl.col(name).is_not_null() & _number(name).is_null(),
                pl.format(name + ": {} is not a valid number", _shown(pl.col(name))),
            )
            for name in _NUMBERS
        ),
        *(
            (
                _number(name).abs() > limit,
                pl.format(
                    f"{name}: {{}} is not between -{limit} and {limit}", _shown(pl.col(name))
                ),
            )
            for name, limit in COORDINATE_LIMITS.items()
        ),
        (
            barcode.str.contains(NO_NUCLEOTIDE),
            pl.format(
                "dna_barcode: {} is no nucleotide", _shown(barcode.str.extract(NO_NUCLEOTIDE, 0))
            ),
        ),
    ]


def _reason() -> pl.Expr:
    reason = pl.coalesce(pl.when(condition).then(reason) for condition, reason in _faults())
    numbered = pl.format("row {}: {}", "row_number", reason)  # null without a number
    return pl.coalesce(numbered, reason).alias("reason")


def _shown(text: pl.Expr) -> pl.Expr:
    """A text as `repr` has it: a line end, or a space that is none, can be seen."""
    letters = ["\\", *BLANK.replace(" ", "")]
    escaped = [letter.encode("unicode_escape").decode() for letter in letters]
    return pl.format("'{}'", text.str.replace_many(letters, escaped))


def _check_roles(rows: pl.DataFrame, source: Path) -> None:
    for column, roles in ROLES.items():
        unknown = rows.filter(~pl.col(column).is_in(roles)).select("processid", column).head(1)
        for processid, role in unknown.iter_rows():
            raise InputError(
                f"{source}: unknown split {role!r} in column {column} (record {processid}); "
                f"expected one of {', '.join(roles)}"
            )


def _writer(path: Path) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, pl.DataFrame(schema=SCHEMA).to_arrow().schema, compression="zstd")


def _keep_rows(path: Path, keep: pl.Series) -> None:
    """Rewrite a Parquet file with some of its rows only."""
    mask = pa.array(keep)
    with path.open("rb") as before:
        # The open file keeps its content without a name, until it is closed or the process ends.
        path.unlink()
        groups, start = pq.ParquetFile(before), 0
        with _writer(path) as writer:
            for number in range(groups.num_row_groups):
                group = groups.read_row_group(number)
                writer.write_table(group.filter(mask[start : start + group.num_rows]))
                start += group.num_rows
