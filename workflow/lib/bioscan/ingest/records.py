"""Checking, typing and writing the canonical records."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
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
from bioscan.ingest.delimited import NUL, one_ahead
from bioscan.ingest.missing import BLANK
from bioscan.ingest.notes import Notes
from bioscan.ingest.repeats import FURTHER_ROWS, Keep, Written, keep_longest
from bioscan.ingest.sequences import tidy_barcodes

log = logging.getLogger(__name__)

#: What the notes say of barcodes below the configured minimum.
SHORT_BARCODE = "barcode with fewer than {} letters A, C, G, T: kept, but never compared"

#: The taxonomic labels of a record; 1M has two more than there are ranks.
LABEL_COLUMNS = (*RANKS, "tribe", "subspecies")

#: Names that are safe for a file: no separators or control characters, and no leading dot ("..") or
#: dash (an option of many commands).
SAFE_NAME = r"^[^\x00-\x1f/\\.-][^\x00-\x1f/\\]*$"

#: Greatest absolute value of a coordinate, degrees.
COORDINATE_LIMITS = {"coord-lat": 90, "coord-lon": 180}

#: The roles that a column may hold.
ROLES = {"split": SPLITS, **dict.fromkeys(EXPERIMENTS, EXPERIMENT_SPLITS)}

_NUMBERS = [name for name, dtype in SCHEMA.items() if dtype != pl.String()]
_TEXTS = [name for name in SCHEMA if name not in _NUMBERS]

#: Columns whose texts differ from record to record.
_DISTINCT = ("processid", "sampleid", "dna_barcode", "image_file")


def write_records(
    batches: Iterable[pl.DataFrame],
    source: Path,
    records: Path,
    notes: Notes,
    min_barcode_letters: int = 0,
    keep: Keep = "first",
    taxon_as_given: bool = False,
) -> tuple[pl.DataFrame, int]:
    """Check, type and write the canonical records, in the order of the rows.

    Labels stay as they are written, except that a label of spaces only is missing, like an empty
    one. Barcodes are tidied (`tidy_barcodes`).

    Args:
        batches: strings under canonical names, null where missing; columns that they lack become
            null. A row with a `reason` is quarantined; reasons name its `row_number`.
        source: the file that messages name.
        records: the Parquet file to write, with the columns and types of SCHEMA.
        notes: gets what was done to barcodes, and the further rows of a processid that `longest`
            passes over.
        min_barcode_letters: barcodes with fewer letters A, C, G, T are noted, with a warning.
        keep: which of several rows of one processid. Where the first is kept, the others are
            quarantined.
        taxon_as_given: whether `taxon` stays as it is written, as published tables have it: in 1M
            it may be a tribe or a subspecies. Elsewhere it is the label at the deepest rank.

    Returns:
        The quarantined rows (QUARANTINE_SCHEMA) in their order, and the number of all rows.

    Raises:
        InputError: a split that no paper has, or a fault that the batches raise.
    """
    # The batches are read in another thread, which adds to `notes` in an order of its own.
    found = Notes()
    checked, written = _Checked(source, found), Written(keep)
    good = checked.good(batches)
    if keep == "longest":
        good = keep_longest(good, found)
    with atomic(records) as partial:
        with _writer(partial) as writer:
            for rows in one_ahead(lambda: (_typed(some, taxon_as_given) for some in good))():
                written.add(rows)
                writer.write_table(rows.select(list(SCHEMA)).to_arrow())
        # Repeated processids are rare, and known only at the end.
        repeated = written.repeated(partial)
        if repeated.height:
            _drop_rows(partial, repeated["place"])
        count = pq.read_metadata(partial).num_rows
        quarantined = pl.concat(checked.faulty)
        if keep == "first":
            again = repeated.select("row", "processid", _occurs_before())
            quarantined = pl.concat([quarantined, again])
        else:
            found.add(FURTHER_ROWS, "processid", count=repeated.height)
        further = found.table().filter(what=FURTHER_ROWS)["count"].sum()
        if count + quarantined.height + further != checked.total:
            raise RuntimeError(
                f"{count} + {quarantined.height} + {further} of {checked.total} rows of {source}"
            )
    if short := written.short(min_barcode_letters, repeated["place"]):
        found.add(SHORT_BARCODE.format(min_barcode_letters), "dna_barcode", count=short)
        log.warning(
            "%s: %d barcode(s) with fewer than %d letters A, C, G, T are kept, but never compared "
            "with others (min_barcode_letters)",
            *(source, short, min_barcode_letters),
        )
    notes.update(found)
    return quarantined.sort("row").select(list(QUARANTINE_SCHEMA)), checked.total


class _Checked:
    """The rows of a source, divided into good and faulty ones.

    Attributes:
        total: rows so far.
        faulty: row, processid, reason of the faulty ones.
    """

    def __init__(self, source: Path, notes: Notes) -> None:
        self.source = source
        self.notes = notes
        self.total = 0
        self.faulty = [
            pl.DataFrame(schema={"row": pl.UInt32, "processid": pl.String, "reason": pl.String})
        ]

    def good(self, batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The rows without a fault: SCHEMA as strings, their numbers, row, letters."""
        conditions = [condition for condition, _ in _faults()]
        for batch in batches:
            rows = _complete(batch).with_row_index("row", offset=self.total)
            self.total += rows.height
            _check_roles(rows, self.source)
            rows = tidy_barcodes(rows, self.notes).with_columns(map(_number, _NUMBERS))
            is_faulty = rows.select(pl.any_horizontal(conditions).fill_null(False)).to_series()
            if is_faulty.any():
                self.faulty.append(rows.filter(is_faulty).select("row", "processid", _reason()))
                rows = rows.filter(~is_faulty)
            yield rows


def _complete(batch: pl.DataFrame) -> pl.DataFrame:
    """All columns of SCHEMA and `reason` as strings, and `row_number`."""
    schema = dict.fromkeys((*SCHEMA, "reason"), pl.String) | {"row_number": pl.UInt32}
    return batch.select(
        pl.col(name) if name in batch.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )


def _typed(rows: pl.DataFrame, taxon_as_given: bool) -> pl.DataFrame:
    """The canonical records of strings without a fault, with `row` and `letters`."""
    labels = pl.col(*LABEL_COLUMNS)
    return (
        rows.with_columns(_read(name).alias(name) for name in _NUMBERS)
        .with_columns(pl.when(labels.str.contains(r"\S")).then(labels))
        .with_columns(
            pl.col("inferred_ranks").fill_null(0),
            "taxon" if taxon_as_given else most_specific_taxon(),
        )
    )


def _number(name: str) -> pl.Expr:
    """A column of strings as numbers; null where it is no finite number ("nan", "inf").

    Programs write a whole number in a column with gaps as "1001.0".
    """
    text = pl.col(name)
    if SCHEMA[name].is_integer():
        text = text.str.strip_suffix(".0")
    number = text.cast(SCHEMA[name], strict=False)
    return pl.when(number.is_finite()).then(number).alias(f"{name} as a number")


def _read(name: str) -> pl.Expr:
    """The number that `_number` read."""
    return pl.col(f"{name} as a number")


def _faults() -> list[tuple[pl.Expr, pl.Expr]]:
    """Conditions that quarantine a row of strings, with reasons; the first that holds counts."""
    processid, is_odd = pl.col("processid"), pl.col("no_nucleotide").is_not_null()
    # A sound sequence, which is long, has been looked at.
    texts = pl.col(_TEXTS).exclude("dna_barcode"), pl.when(is_odd).then("dna_barcode")
    return [
        (pl.col("reason").is_not_null(), pl.col("reason")),
        (
            pl.any_horizontal(text.str.contains(NUL, literal=True) for text in texts),
            pl.lit("holds a NUL byte, or bytes that are not UTF-8"),
        ),
        (processid.is_null(), pl.lit("no processid")),
        (processid.str.strip_chars() != processid, pl.lit("processid has spaces around it")),
        (~processid.str.contains(SAFE_NAME), pl.lit("processid is no safe file name")),
        *(
            (
                pl.col(name).is_not_null() & _read(name).is_null(),
                pl.format(name + ": {} is not a valid number", _shown(pl.col(name))),
            )
            for name in _NUMBERS
        ),
        *(
            (
                _read(name).abs() > limit,
                pl.format(
                    f"{name}: {{}} is not between -{limit} and {limit}", _shown(pl.col(name))
                ),
            )
            for name, limit in COORDINATE_LIMITS.items()
        ),
        (
            pl.col("no_nucleotide").is_not_null(),
            pl.format("dna_barcode: {} is no nucleotide", _shown(pl.col("no_nucleotide"))),
        ),
    ]


def _reason() -> pl.Expr:
    reason = pl.coalesce(pl.when(condition).then(reason) for condition, reason in _faults())
    numbered = pl.format("row {}: {}", "row_number", reason)  # null without a number
    return pl.coalesce(numbered, reason).alias("reason")


def _occurs_before() -> pl.Expr:
    # The records of a folder are in the order of its files, so the first may be a later row.
    reason = pl.format("row {}: processid occurs in row {} too", "row_number", "first_number")
    is_known = (pl.col("row_number") > 0) & (pl.col("first_number") > 0)
    reason = pl.when(is_known).then(reason).otherwise(pl.lit("processid occurs before"))
    return reason.alias("reason")


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
    # A dictionary of texts that are all different takes time, and is given up.
    repeating = [name for name in SCHEMA if name not in _DISTINCT]
    schema = pl.DataFrame(schema=SCHEMA).to_arrow().schema
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeating)


def _drop_rows(path: Path, places: pl.Series) -> None:
    """Rewrite a Parquet file without some of its rows."""
    with path.open("rb") as before:
        # The open file keeps its content without a name, until it is closed or the process ends.
        path.unlink()
        groups, start = pq.ParquetFile(before), 0
        mask = np.ones(groups.metadata.num_rows, bool)
        mask[places.to_numpy()] = False
        with _writer(path) as writer:
            for number in range(groups.num_row_groups):
                group = groups.read_row_group(number)
                writer.write_table(group.filter(pa.array(mask[start : start + group.num_rows])))
                start += group.num_rows
