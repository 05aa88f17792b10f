"""Reading published tables, and tables of own images, as text under canonical column names."""

import logging
import zipfile
import zlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath

import polars as pl

from bioscan.core.errors import InputError, why_not_opened
from bioscan.core.formats import NAMES
from bioscan.core.published import BIOSCAN1M_COLUMNS, NO_SPLIT, NOT_CLASSIFIED
from bioscan.core.records import BIOSCAN5M_SCHEMA, COPYRIGHT, RANKS, require_columns
from bioscan.ingest.cells import whole_chunks
from bioscan.ingest.delimited import read_batches, read_header
from bioscan.ingest.notes import Notes
from bioscan.ingest.own_tables import read_own_table
from bioscan.ingest.pairing import pair_folder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TableDialect:
    """The notation of a published table.

    Attributes:
        name: of the dataset.
        separator: between fields.
        columns: published → canonical name of the columns that the canonical record has.
        missing: the texts of a missing value.
        optional: published columns that a table may lack.
    """

    name: str
    separator: str
    columns: dict[str, str]
    missing: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def required(self) -> list[str]:
        """The published columns that a table has."""
        return [name for name in self.columns if name not in self.optional]


#: 1M §A1.2; missing labels, and records outside an experiment, have sentinels of their own.
BIOSCAN1M = TableDialect(
    name=NAMES["bioscan1m"],
    separator="\t",
    columns=BIOSCAN1M_COLUMNS,
    missing=(NOT_CLASSIFIED, NO_SPLIT, ""),
    optional=COPYRIGHT,
)

#: 5M Table A3.
BIOSCAN5M = TableDialect(
    name=NAMES["bioscan5m"],
    separator=",",
    columns={name: name for name in BIOSCAN5M_SCHEMA},
    missing=("",),
)

#: What pandas, R and SQL write for a missing value: in a published table that was saved again, it
#: would be a label, of which a user should hear.
PROGRAMS_WORDS = ("None", "nan", "NaN", "NA", "<NA>", "NULL", "null", "#N/A")

#: The folder of the 5M metadata zip that holds the table.
BIOSCAN5M_CSV_FOLDER = "bioscan5m/metadata/csv"

#: Errors of `zipfile` for a file that is damaged, encrypted or no zip.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


def read_bioscan1m(tsv: Path, notes: Notes | None = None) -> Iterator[pl.DataFrame]:
    """Read the published BIOSCAN-1M TSV.

    Quotation marks in it are text, unless its header stands in such marks too (R writes it so).

    Args:
        tsv: the file.
        notes: gets labels that look like a program's word for a missing value.

    Yields:
        Batches for `write_records`.

    Raises:
        InputError: no such file, another file, or a fault that `read_batches` raises.
    """
    with _opened(tsv) as file:
        start = file.peek(8)
        if start.startswith(b"PK\x03\x04"):
            raise InputError(f"{tsv}: is a zip; expected the TSV of {BIOSCAN1M.name}")
        quoted = start.removeprefix(BOM_UTF8).startswith(b'"')
        yield from _read_published(file, tsv, BIOSCAN1M, notes, quoted=quoted)


def read_bioscan5m(archive: Path, notes: Notes | None = None) -> Iterator[pl.DataFrame]:
    """Read the CSV in the published BIOSCAN-5M metadata zip, or one that was taken out of it.

    A zip is read to its end, where `zipfile` compares the checksum.

    Args:
        archive: the zip, or the CSV.
        notes: gets labels that look like a program's word for a missing value, and chunks that
            were written as numbers.

    Yields:
        Batches for `write_records`.

    Raises:
        InputError: no such file, another file, a damaged zip, or a fault that `read_batches`
            raises.
    """
    notes = notes or Notes()
    with _opened(archive) as file:
        header = file.readline(1 << 16).decode("utf-8-sig", errors="replace")
        file.seek(0)
        if not header.startswith("PK") and _has_columns(header.replace('"', ""), BIOSCAN5M):
            log.info("%s: is read as the CSV that the metadata zip holds", archive)
            for batch in _read_published(file, archive, BIOSCAN5M, notes):
                yield _of_5m(batch, notes)
            return
        try:
            with (
                zipfile.ZipFile(file) as packed,
                packed.open(_csv_member(packed, archive)) as member,
            ):
                for batch in _read_published(BufferedReader(member), archive, BIOSCAN5M, notes):
                    yield _of_5m(batch, notes)
        except UNREADABLE as error:
            if _has_columns(header, BIOSCAN1M):
                raise InputError(
                    f"{archive}: is the table of {BIOSCAN1M.name}; expected the metadata zip of "
                    f"{BIOSCAN5M.name}"
                ) from error
            raise InputError(f"{archive}: not a readable zip ({error})") from error


def _of_5m(batch: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """The columns that 5M has not, or writes in another way."""
    return whole_chunks(
        batch.with_columns(
            image_file=pl.col("processid") + ".jpg",
            # A record of a split without chunk folders has an empty chunk, which is not missing.
            chunk=pl.col("chunk").fill_null(""),
        ),
        notes,
    )


def read_folder(
    images: list[str],
    table: Path | None,
    missing: Collection[str],
    notes: Notes,
) -> Iterator[pl.DataFrame]:
    """Make records for a folder of images, with the labels of an optional table.

    Args:
        images: file names in the folder.
        table: a table with a column `image_file` or `processid`, or both, and any other columns
            (`read_own_table`). An image without a row there becomes an unlabelled record; a row
            without an image stays a record, and the image index quarantines it.
        missing: the config's words for a missing value.
        notes: gets what was passed over, changed or taken as missing.

    Yields:
        One batch for `write_records`.

    Raises:
        InputError: a table that cannot be read in one safe way.
    """
    if table is None:
        yield pair_folder(pl.DataFrame(schema={"image_file": pl.String}), images, notes, "")
        return
    rows = read_own_table(table, missing, notes)
    yield pair_folder(rows, images, notes, str(table))


def _opened(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {why_not_opened(error, 'a table')}") from error


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
    return set(dialect.required) <= set(header.rstrip("\r\n").split(dialect.separator))


def _read_published(
    file: BufferedReader,
    source: Path,
    dialect: TableDialect,
    notes: Notes | None,
    *,
    quoted: bool = True,
) -> Iterator[pl.DataFrame]:
    header = read_header(file, source, dialect.separator, quoted=quoted)
    for other in (BIOSCAN1M, BIOSCAN5M):
        if other != dialect and _has_columns(dialect.separator.join(header), other):
            raise InputError(
                f"{source}: is the table of {other.name}; expected that of {dialect.name}"
            )
    require_columns(header, dialect.required, source)
    unused = [name or "one without a name" for name in header if name not in dialect.columns]
    if unused:
        log.info("%s: columns that are not used: %s", source, ", ".join(unused))
    columns = [name for name in dialect.columns if name in header]
    doubtful: Counter[tuple[str, str]] = Counter()
    for batch in read_batches(
        file, source, dialect.separator, header, columns, dialect.missing, quoted=quoted
    ):
        batch = batch.rename(dialect.columns, strict=False)
        doubtful += _doubtful_labels(batch)
        yield batch
    for (rank, word), count in doubtful.items():
        log.warning(
            "%s: %s is %r in %d rows, which is kept as a label: a program wrote it for a missing "
            "value? The published table has %r",
            source,
            rank,
            word,
            count,
            dialect.missing[0],
        )
        (notes or Notes()).add("kept as a label", rank, word, count)


def _doubtful_labels(batch: pl.DataFrame) -> Counter[tuple[str, str]]:
    """How many labels of each rank are a program's word for a missing value."""
    words = pl.Series(PROGRAMS_WORDS).implode()
    found = batch.select(pl.col(RANKS).filter(pl.col(RANKS).is_in(words)).implode())
    return Counter((rank, word) for rank in RANKS for word in found[rank].item())
