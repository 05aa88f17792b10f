"""Any published metadata table → the canonical record."""

import logging
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.published import BIOSCAN1M_COLUMNS, NO_SPLIT, NOT_CLASSIFIED
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.core.records import (
    BIOSCAN5M_SCHEMA,
    EXPERIMENT_SPLITS,
    EXPERIMENTS,
    RANKS,
    SCHEMA,
    SPLITS,
    most_specific_taxon,
    require_columns,
)
from bioscan.ingest.delimited import NUL, read_batches, read_header

#: The labels of a record; 1M has two more than there are ranks.
LABELS = (*RANKS, "tribe", "subspecies")


@dataclass(frozen=True)
class Published:
    """How a published table is written.

    Attributes:
        name: of the dataset.
        separator: between fields.
        columns: those of the canonical record: published → canonical name.
        missing: the words for a missing value.
    """

    name: str
    separator: str
    columns: dict[str, str]
    missing: tuple[str, ...]


#: 1M §A1.2; missing labels and records outside an experiment have words of their own.
BIOSCAN1M = Published(
    name="BIOSCAN-1M",
    separator="\t",
    columns=BIOSCAN1M_COLUMNS,
    missing=(NOT_CLASSIFIED, NO_SPLIT, ""),
)

#: 5M Table A3.
BIOSCAN5M = Published(
    name="BIOSCAN-5M",
    separator=",",
    columns={name: name for name in BIOSCAN5M_SCHEMA},
    missing=("",),
)

#: The folder of the 5M metadata zip that holds the table.
BIOSCAN5M_CSV_FOLDER = "bioscan5m/metadata/csv"

#: What `zipfile` raises where a zip is damaged, encrypted or none.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)

#: What may become a file's name: no separators, no control characters, and in front no dot ("..")
#: and no dash (an option of many a command).
SAFE_NAME = r"^[^\x00-\x1f/\\.-][^\x00-\x1f/\\]*$"

#: What is neither a nucleotide in the one-letter code of the IUPAC (NC-IUB 1984), in either case,
#: nor a gap. The models read ambiguous ones and gaps as unknown, so all of these may be.
NO_NUCLEOTIDE = r"[^ACGTNRYSWKMBDHVacgtnryswkmbdhv-]"

#: Greatest absolute value of a coordinate, degrees.
COORDINATE_LIMITS = {"coord-lat": 90, "coord-lon": 180}

#: The roles that a column may give.
ROLES = {"split": SPLITS, **dict.fromkeys(EXPERIMENTS, EXPERIMENT_SPLITS)}

_NUMBERS = [name for name, dtype in SCHEMA.items() if dtype != pl.String()]
_TEXTS = [name for name in SCHEMA if name not in _NUMBERS]


def read_bioscan1m(tsv: Path) -> Iterator[pl.DataFrame]:
    """The published BIOSCAN-1M TSV: batches for `write_records`.

    Raises:
        InputError: no such file, another file, or what `read_batches` refuses.
    """
    with _opened(tsv) as file:
        if file.peek().startswith(b"PK\x03\x04"):
            raise InputError(f"{tsv}: is a zip; expected the TSV of {BIOSCAN1M.name}")
        yield from _read_published(file, tsv, BIOSCAN1M)


def read_bioscan5m(archive: Path) -> Iterator[pl.DataFrame]:
    """The CSV in the published BIOSCAN-5M metadata zip: batches for `write_records`.

    It is read to its end, where `zipfile` compares the checksum.

    Raises:
        InputError: no such file, another file, a damaged zip, or what `read_batches` refuses.
    """
    with _opened(archive) as file:
        try:
            with (
                zipfile.ZipFile(file) as packed,
                packed.open(_csv_member(packed, archive)) as member,
            ):
                for batch in _read_published(BufferedReader(member), archive, BIOSCAN5M):
                    yield batch.with_columns(
                        image_file=pl.col("processid") + ".jpg",
                        # Written "150502.0" (published as a float column).
                        index_bioscan_1M_insect=pl.col("index_bioscan_1M_insect").str.strip_suffix(
                            ".0"
                        ),
                        # A record of a split without chunk folders has the empty chunk, which is
                        # not missing.
                        chunk=pl.col("chunk").fill_null(""),
                    )
        except UNREADABLE as error:
            file.seek(0)
            if _has_columns(file.readline(1 << 16).decode(errors="replace"), BIOSCAN1M):
                raise InputError(
                    f"{archive}: is the table of {BIOSCAN1M.name}; expected the metadata zip of "
                    f"{BIOSCAN5M.name}"
                ) from error
            raise InputError(f"{archive}: not a readable zip ({error})") from error


def read_folder(images: list[str], table: Path | None) -> Iterator[pl.DataFrame]:
    """Records for a folder of images, with what an optional table says of them.

    Args:
        images: file names in the folder.
        table: CSV with a column `image_file` or `processid`, or both, and any other canonical
            columns. An image without a row there becomes an unlabelled record; a row without
            an image stays a record, which the image index then finds to have none.

    Yields:
        One batch for `write_records`.

    Raises:
        InputError: no such table, an unknown column, no key, or what `read_batches` refuses.
    """
    files = pl.DataFrame({"image_file": images}, schema={"image_file": pl.String})
    # BIOSCAN-5M serves its originals as {processid}.1024px.jpg (5M §3).
    from_name = pl.col("image_file").str.replace(r"(\.1024px)?\.[^.]+$", "")
    if table is None:
        yield files.with_columns(processid=from_name)
        return
    with _opened(table) as file:
        columns = read_header(file, table, ",")
        unknown = [name for name in columns if name not in SCHEMA]
        if unknown:
            raise InputError(f"{table}: unknown column(s): {', '.join(unknown)}")
        if not {"image_file", "processid"} & set(columns):
            raise InputError(
                f"{table}: needs a column image_file or processid, has {', '.join(columns)}"
            )
        batches = list(read_batches(file, table, ",", columns, columns, missing=[""]))
    rows = pl.concat(
        [pl.DataFrame(schema=dict.fromkeys(columns, pl.String)), *batches], how="diagonal"
    )
    if "image_file" in columns:
        joined = files.join(
            rows, on="image_file", how="full", coalesce=True, maintain_order="left_right"
        )
        given = ["processid"] if "processid" in columns else []
        yield joined.with_columns(processid=pl.coalesce(*given, from_name))
    else:
        yield files.with_columns(processid=from_name).join(
            rows, on="processid", how="full", coalesce=True, maintain_order="left_right"
        )


def write_records(
    batches: Iterable[pl.DataFrame], source: Path, records: Path
) -> tuple[pl.DataFrame, int]:
    """Check, type and write the canonical records, in the order of the rows.

    Labels stay as they are written, but one of spaces only is missing, as an empty one is.
    Barcodes become upper case.

    Args:
        batches: strings under canonical names, null where missing; columns they lack become null.
            A `reason` sets its row aside.
        source: the file that messages name.
        records: the Parquet file to write, columns and types of SCHEMA.

    Returns:
        The quarantined rows (QUARANTINE_SCHEMA) in their order, and how many rows there were.

    Raises:
        InputError: a split that no paper knows, or what the batches refuse.
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
        # Only the end tells which names are repeated; as a rule none is.
        if not first.all():
            _keep_rows(partial, first)
        repeated = processids.filter(~first).with_columns(reason=pl.lit("processid occurs before"))
        quarantined = pl.concat([*faulty, repeated]).sort("row").select(list(QUARANTINE_SCHEMA))
        written = pq.read_metadata(partial).num_rows
        if written + quarantined.height != total:
            raise RuntimeError(f"{written} + {quarantined.height} of {total} rows of {source}")
    return quarantined, total


def _opened(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise InputError(f"{path}: {reason}") from error


def _csv_member(packed: zipfile.ZipFile, archive: Path) -> str:
    members = [
        name
        for name in packed.namelist()
        if str(PurePosixPath(name).parent) == BIOSCAN5M_CSV_FOLDER and name.endswith(".csv")
    ]
    if len(members) != 1:
        raise InputError(
            f"{archive}: expected one CSV in {BIOSCAN5M_CSV_FOLDER}/, found {len(members)}"
        )
    return members[0]


def _has_columns(header: str, published: Published) -> bool:
    return set(published.columns) <= set(header.rstrip("\r\n").split(published.separator))


def _read_published(
    file: BufferedReader, source: Path, published: Published
) -> Iterator[pl.DataFrame]:
    header = read_header(file, source, published.separator)
    for other in (BIOSCAN1M, BIOSCAN5M):
        if other != published and _has_columns(published.separator.join(header), other):
            raise InputError(
                f"{source}: is the table of {other.name}; expected that of {published.name}"
            )
    require_columns(header, published.columns, source)
    unused = [name for name in header if name not in published.columns]
    if unused:
        logging.info("%s: columns that are not used: %s", source, ", ".join(unused))
    columns = list(published.columns)
    for batch in read_batches(
        file, source, published.separator, header, columns, published.missing
    ):
        yield batch.rename(published.columns)


def _complete(batch: pl.DataFrame) -> pl.DataFrame:
    """All columns of SCHEMA and `reason`, as strings."""
    return batch.select(
        pl.col(name) if name in batch.columns else pl.lit(None, pl.String).alias(name)
        for name in (*SCHEMA, "reason")
    )


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    """Strings without a fault as the canonical record."""
    labels = pl.col(*LABELS)
    return (
        rows.with_columns(*map(_number, _NUMBERS), pl.col("dna_barcode").str.to_uppercase())
        .with_columns(pl.when(labels.str.contains(r"\S")).then(labels))
        .with_columns(pl.col("inferred_ranks").fill_null(0), most_specific_taxon())
        .select(list(SCHEMA))
    )


def _number(name: str) -> pl.Expr:
    """A column of strings as numbers; null where there is none ("nan" and "inf" are none)."""
    number = pl.col(name).cast(SCHEMA[name], strict=False)
    return pl.when(number.is_finite()).then(number).alias(name)


def _faults() -> list[tuple[pl.Expr, pl.Expr]]:
    """Why a row of strings cannot be used: conditions with reasons, the first that holds counts."""
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
                pl.format(name + ": '{}' is not a valid number", name),
            )
            for name in _NUMBERS
        ),
        *(
            (
                _number(name).abs() > limit,
                pl.format(f"{name}: '{{}}' is not between -{limit} and {limit}", name),
            )
            for name, limit in COORDINATE_LIMITS.items()
        ),
        (
            barcode.str.contains(NO_NUCLEOTIDE),
            pl.format("dna_barcode: '{}' is no nucleotide", barcode.str.extract(NO_NUCLEOTIDE, 0)),
        ),
    ]


def _reason() -> pl.Expr:
    return pl.coalesce(pl.when(condition).then(reason) for condition, reason in _faults()).alias(
        "reason"
    )


def _check_roles(rows: pl.DataFrame, source: Path) -> None:
    for column, roles in ROLES.items():
        unknown = rows.filter(~pl.col(column).is_in(roles)).select("processid", column).head(1)
        for processid, role in unknown.iter_rows():
            raise InputError(
                f"{source}: unknown split '{role}' in column {column} (record {processid}); "
                f"expected one of {', '.join(roles)}"
            )


def _writer(path: Path) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, pl.DataFrame(schema=SCHEMA).to_arrow().schema, compression="zstd")


def _keep_rows(path: Path, keep: pl.Series) -> None:
    """Write a Parquet file of ours again with some of its rows only."""
    mask = pa.array(keep)
    with path.open("rb") as before:
        # The open file lives on without a name, and is gone when closed, or the process killed.
        path.unlink()
        groups, start = pq.ParquetFile(before), 0
        with _writer(path) as writer:
            for number in range(groups.num_row_groups):
                group = groups.read_row_group(number)
                writer.write_table(group.filter(mask[start : start + group.num_rows]))
                start += group.num_rows
