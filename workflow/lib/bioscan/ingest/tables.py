"""Reading published tables, and tables of own images, as text under canonical column names."""

import logging
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.formats import NAMES
from bioscan.core.published import BIOSCAN1M_COLUMNS, NO_SPLIT, NOT_CLASSIFIED
from bioscan.core.records import BIOSCAN5M_SCHEMA, SCHEMA, require_columns
from bioscan.ingest.delimited import read_batches, read_header
from bioscan.ingest.notes import Notes
from bioscan.ingest.pairing import pair_folder


@dataclass(frozen=True)
class TableDialect:
    """The notation of a published table.

    Attributes:
        name: of the dataset.
        separator: between fields.
        columns: published → canonical name of the columns that the canonical record has.
        missing: the texts of a missing value.
    """

    name: str
    separator: str
    columns: dict[str, str]
    missing: tuple[str, ...]


#: 1M §A1.2; missing labels, and records outside an experiment, have sentinels of their own.
BIOSCAN1M = TableDialect(
    name=NAMES["bioscan1m"],
    separator="\t",
    columns=BIOSCAN1M_COLUMNS,
    missing=(NOT_CLASSIFIED, NO_SPLIT, ""),
)

#: 5M Table A3.
BIOSCAN5M = TableDialect(
    name=NAMES["bioscan5m"],
    separator=",",
    columns={name: name for name in BIOSCAN5M_SCHEMA},
    missing=("",),
)

#: The folder of the 5M metadata zip that holds the table.
BIOSCAN5M_CSV_FOLDER = "bioscan5m/metadata/csv"

#: Errors of `zipfile` for a file that is damaged, encrypted or no zip.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


def read_bioscan1m(tsv: Path) -> Iterator[pl.DataFrame]:
    """Read the published BIOSCAN-1M TSV.

    Yields:
        Batches for `write_records`.

    Raises:
        InputError: no such file, another file, or a fault that `read_batches` raises.
    """
    with _opened(tsv) as file:
        if file.peek().startswith(b"PK\x03\x04"):
            raise InputError(f"{tsv}: is a zip; expected the TSV of {BIOSCAN1M.name}")
        yield from _read_published(file, tsv, BIOSCAN1M)


def read_bioscan5m(archive: Path) -> Iterator[pl.DataFrame]:
    """Read the CSV in the published BIOSCAN-5M metadata zip.

    It is read to its end, where `zipfile` compares the checksum.

    Yields:
        Batches for `write_records`.

    Raises:
        InputError: no such file, another file, a damaged zip, or a fault that `read_batches`
            raises.
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
                        # A record of a split without chunk folders has an empty chunk, which is
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


def read_folder(images: list[str], table: Path | None, notes: Notes) -> Iterator[pl.DataFrame]:
    """Make records for a folder of images, with the labels of an optional table.

    Args:
        images: file names in the folder.
        table: CSV with a column `image_file` or `processid`, or both, and any other canonical
            columns. An image without a row there becomes an unlabelled record; a row without an
            image stays a record, and the image index quarantines it.
        notes: count the files that rows name otherwise.

    Yields:
        One batch for `write_records`.

    Raises:
        InputError: no such table, an unknown column, no key, or a fault that `read_batches` raises.
    """
    if table is None:
        yield pair_folder(pl.DataFrame(schema={"image_file": pl.String}), images, notes, "")
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
    yield pair_folder(rows, images, notes, str(table))


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


def _has_columns(header: str, dialect: TableDialect) -> bool:
    return set(dialect.columns) <= set(header.rstrip("\r\n").split(dialect.separator))


def _read_published(
    file: BufferedReader, source: Path, dialect: TableDialect
) -> Iterator[pl.DataFrame]:
    header = read_header(file, source, dialect.separator)
    for other in (BIOSCAN1M, BIOSCAN5M):
        if other != dialect and _has_columns(dialect.separator.join(header), other):
            raise InputError(
                f"{source}: is the table of {other.name}; expected that of {dialect.name}"
            )
    require_columns(header, dialect.columns, source)
    unused = [name for name in header if name not in dialect.columns]
    if unused:
        logging.info("%s: columns that are not used: %s", source, ", ".join(unused))
    columns = list(dialect.columns)
    for batch in read_batches(file, source, dialect.separator, header, columns, dialect.missing):
        yield batch.rename(dialect.columns)
