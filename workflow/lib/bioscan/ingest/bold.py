"""Reading exports of BOLD: one row per specimen and sequence, separated by tabs.

BCDM, the Barcode Core Data Model, has been the format of BOLD's exports and public data packages
since 2023; exports of BOLD 4 have the same content under older names. Quotation marks are text in
both. The fields of every row are counted by its tabs, before and independently of the parser.
"""

import gzip
import logging
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BufferedReader, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import polars as pl

from bioscan.core.errors import InputError, why_not_opened
from bioscan.core.records import RANKS
from bioscan.ingest.delimited import as_utf8, one_ahead
from bioscan.ingest.missing import TAKEN, take_missing
from bioscan.ingest.notes import Notes
from bioscan.ingest.pairing import pair_rows

_TAB, _LINE_END, _CARRIAGE_RETURN = b"\t\n\r"

log = logging.getLogger(__name__)

#: The marker whose sequences are barcodes: the first part of cytochrome c oxidase I.
MARKER = "COI-5P"

#: Canonical names, and `marker` and `coord` → the names that exports have for them: BCDM, the
#: public data package of 2023, BOLD 4. The first that is there is read.
COLUMNS = {
    "processid": ("processid",),
    "sampleid": ("sampleid",),
    **{rank: (rank, f"{rank}_name") for rank in (*RANKS, "tribe", "subspecies")},
    "dna_bin": ("bin_uri",),
    "dna_barcode": ("nuc", "nucraw", "nucleotides"),
    "marker": ("marker_code", "markercode"),
    "country": ("country/ocean", "country"),
    "province_state": ("province/state", "province", "province_state"),
    "coord": ("coord",),
    "coord-lat": ("lat", "latitude"),
    "coord-lon": ("lon", "long", "longitude"),
}

COORDINATES = ["coord-lat", "coord-lon"]

#: BOLD's own word for a missing value.
NONE = "None"

#: Bytes of a batch, about 40,000 records: of smaller ones, polars takes longer to begin each of its
#: steps.
BLOCK = 48 << 20

#: Bytes in which the marks of a block are looked for: what a processor's cache holds.
PIECE = 1 << 18

#: Bytes of the longest header; another kind of file may have no line end.
LONGEST_HEADER = 1 << 20

#: What the notes say.
OTHER_MARKER = f"sequence of another marker than {MARKER}, which is not read"
NO_MARKERS = f"no column of markers: every sequence is taken for {MARKER}"
NO_SEQUENCE = "row without a sequence"
UNUSED = "columns that are not used"
EMPTY_ROW = "row without any value"
SECOND_HEADER = "header that is repeated"

#: Errors of a compressed file that is damaged, cut off or encrypted.
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError)


@one_ahead
def read_bold(
    table: Path, images: Sequence[str], missing: Collection[str], notes: Notes
) -> Iterator[pl.DataFrame]:
    """Read an export of BOLD.

    Args:
        table: a TSV, plain or compressed by gzip, or alone in a zip or tar of any other files (as
            in the public data packages), which is not unpacked.
        images: names of image files; one without its suffix is a processid or sampleid.
        missing: the words for a missing value, see `take_missing`.
        notes: gets the columns, rows and words that are passed over.

    Yields:
        Batches for `write_records`, one row per row of the export, in its order. A row of another
        marker has no barcode. A row with a wrong number of fields has a `reason`, and nothing else.

    Raises:
        InputError: no such file, another file, a damaged or truncated one, or a missing column.
    """
    with _opened(table) as file:
        header = _read_header(file, table)
        places = _find_columns(header, table, notes)
        before = 1  # the header is a row
        for block in _blocks(file):
            rows = _count_fields(block).with_row_index("row", offset=before + 1)
            if not block.endswith(b"\n") and 1 < rows["fields"][-1] < len(header):
                raise InputError(
                    f"{table}: the last row ({before + rows.height}) has {rows['fields'][-1]} of "
                    f"{len(header)} fields; is the file cut off?"
                )
            sound = rows["fields"] == len(header)
            frame = _parse(_take(block, rows, sound), places, notes)
            if frame.height != sound.sum():
                raise InputError(
                    f"{table}: {sound.sum()} of rows {before + 1} to {before + rows.height} by "
                    f"their line ends are {frame.height} by their fields"
                )
            frame = _without_headers(
                frame.with_columns(row_number=rows["row"].filter(sound)), notes
            )
            faults = _faults(rows.filter(~sound), len(header), notes)
            read = _canonical(frame, missing, notes)
            if images:
                keys = [name for name in ("processid", "sampleid") if name in read.columns]
                paired = pair_rows(read, images, keys, notes, str(table))
                read = paired.rename({"file": "image_file"}).drop("key", "rivals")
            yield pl.concat([read, faults], how="diagonal")
            before += rows.height


@contextmanager
def _opened(table: Path) -> Iterator[BufferedReader]:
    """The text of an export, at its start."""
    with ExitStack() as stack:
        try:
            file: IO[bytes] = stack.enter_context(table.open("rb"))
        except OSError as error:
            raise InputError(f"{table}: {why_not_opened(error, 'a table')}") from error
        try:
            if file.peek(4).startswith(b"PK\x03\x04"):
                packed = stack.enter_context(zipfile.ZipFile(file))
                file = stack.enter_context(packed.open(_only_table(packed.namelist(), table)))
            elif file.peek(2).startswith(b"\x1f\x8b"):
                file = stack.enter_context(gzip.open(file))
            text = BufferedReader(file)
            if text.peek(512)[257:262] == b"ustar":
                packed = stack.enter_context(tarfile.open(fileobj=text, mode="r|"))
                text = stack.enter_context(_first_table(packed, table))
            yield text
        except DAMAGED as error:
            raise InputError(f"{table}: damaged, cut off or encrypted ({error})") from error


def _only_table(members: list[str], source: Path) -> str:
    tables = [name for name in members if _is_table(name)]
    if len(tables) != 1:
        found = ", ".join(map(repr, tables or members[:10])) or "nothing"
        raise InputError(f"{source}: expected one file .tsv or .txt in it, found {found}")
    return tables[0]


def _is_table(member: str) -> bool:
    path = PurePosixPath(member)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return path.suffix.lower() in (".tsv", ".txt") and not hidden


def _first_table(packed: tarfile.TarFile, source: Path) -> IO[bytes]:
    """The first table in a tar that is read from its start to its end."""
    names = []
    for member in packed:
        if member.isfile() and _is_table(member.name):
            return packed.extractfile(member)
        names.append(member.name)
    raise InputError(f"{source}: expected one file .tsv or .txt in it, found {names[:10]}")


def _read_header(file: BufferedReader, source: Path) -> list[str]:
    """The names of the columns, in small letters and without spaces."""
    line = file.readline(LONGEST_HEADER)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: the header is not UTF-8 text ({error}); save the export as BOLD gives it"
        ) from error
    if "\r" in text.rstrip("\r\n"):
        raise InputError(
            f"{source}: its lines end with CR alone, as of an old Macintosh; save it with LF"
        )
    if "\t" not in text:
        raise InputError(
            f"{source}: an export of BOLD is separated by tabs; its first line is "
            f"{text.strip()[:60]!r}"
        )
    if text.startswith('"'):
        raise InputError(
            f"{source}: its header is in quotation marks, which an export of BOLD has not; take "
            "the export as BOLD gives it, or the format 'folder' for a table of your own"
        )
    return [name.strip().lower().replace(" ", "") for name in text.split("\t")]


def _find_columns(header: list[str], source: Path, notes: Notes) -> dict[str, int]:
    """Where each of COLUMNS stands, in the order of the header."""
    found = {
        name: next(written for written in names if written in header)
        for name, names in COLUMNS.items()
        if set(names) & set(header)
    }
    if "processid" not in found:
        raise InputError(
            f"{source}: an export of BOLD has a column processid, this has {', '.join(header)}; a "
            "table of your own needs the format 'folder'"
        )
    if repeated := [name for name in found.values() if header.count(name) > 1]:
        raise InputError(f"{source}: column(s) given more than once: {', '.join(repeated)}")
    if "dna_barcode" not in found:
        log.warning("%s: no column of sequences (%s)", source, ", ".join(COLUMNS["dna_barcode"]))
    elif "marker" not in found:
        notes.add(NO_MARKERS)
    if "coord" in found:  # as numbers, too, in a later generation
        found = {name: written for name, written in found.items() if name not in COORDINATES}
    unused = [name for name in header if name not in found.values()]
    notes.add(UNUSED, text=", ".join(unused), count=len(unused))
    places = {name: header.index(written) for name, written in found.items()}
    return dict(sorted(places.items(), key=lambda item: item[1]))


def _blocks(file: BufferedReader) -> Iterator[bytes]:
    """The rest of a text in blocks of whole rows, valid UTF-8."""
    while True:
        block = BytesIO(bytes(BLOCK))  # to put two `bytes` together would copy both
        with block.getbuffer() as start:
            length = file.readinto(start)
        if not length:
            return
        block.seek(length)
        block.truncate()
        block.write(file.readline())
        yield as_utf8(block.getvalue())


def _count_fields(block: bytes) -> pl.DataFrame:
    """The rows of a block by its line ends: `end` (in bytes, behind the line end) and `fields`, of
    which an empty row has none."""
    text = block if block.endswith(b"\n") else block + b"\n"
    data = np.frombuffer(text, np.uint8)
    start, ends, fields = 0, [], []
    while start < len(text):
        end = text.find(b"\n", start + PIECE) + 1 or len(text)
        # One look finds both; letters are greater than all control characters.
        marks = np.flatnonzero(data[start:end] <= _LINE_END)
        kinds = data[start:end][marks]
        if (kinds < _TAB).any():
            marks, kinds = marks[kinds >= _TAB], kinds[kinds >= _TAB]
        line_ends = np.flatnonzero(kinds == _LINE_END)
        ends.append(start + marks[line_ends] + 1)
        fields.append(np.diff(line_ends, prepend=-1))
        start = end
    ends, fields = np.concatenate(ends), np.concatenate(fields)
    lengths = np.diff(ends, prepend=0)
    empty = (lengths == 1) | (lengths == 2) & (data[np.maximum(ends - 2, 0)] == _CARRIAGE_RETURN)
    return pl.DataFrame({"end": ends, "fields": np.where(empty, 0, fields)})


def _take(block: bytes, rows: pl.DataFrame, chosen: pl.Series) -> bytes:
    """Some of the rows of a block."""
    if chosen.all():
        return block
    ends = rows["end"].to_list()
    return b"".join(
        block[start:end] for start, end, take in zip([0, *ends], ends, chosen, strict=False) if take
    )


def _parse(text: bytes, places: dict[str, int], notes: Notes) -> pl.DataFrame:
    """The columns at some places as strings, of rows that all have the same number of fields."""
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(places, pl.String))
    frame = pl.read_csv(
        text,
        separator="\t",
        quote_char=None,
        has_header=False,
        columns=list(places.values()),
        infer_schema=False,
        null_values=[NONE],
        empty_string_is_null=False,
    )
    frame.columns = list(places)
    for name in places:
        notes.add(TAKEN, name, NONE, frame[name].null_count())
    return frame


def _without_headers(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """The rows without headers between them, where exports were joined."""
    is_header = (rows["processid"].str.to_lowercase() == "processid").fill_null(False)
    notes.add(SECOND_HEADER, count=int(is_header.sum()))
    return rows.filter(~is_header) if is_header.any() else rows


def _faults(wrong: pl.DataFrame, expected: int, notes: Notes) -> pl.DataFrame:
    """Reasons for rows with a wrong number of fields; empty ones are passed over."""
    notes.add(EMPTY_ROW, count=int((wrong["fields"] == 0).sum()))
    return wrong.filter(pl.col("fields") > 0).select(
        reason=pl.format(f"row {{}} has {{}} fields, not {expected}", "row", "fields")
    )


def _canonical(rows: pl.DataFrame, missing: Collection[str], notes: Notes) -> pl.DataFrame:
    """The rows under canonical names, with barcodes of MARKER only."""
    if "coord" in rows.columns:
        # "(47.37,8.54)", or with square brackets and a space; what has no comma is no pair.
        pair = pl.col("coord").str.strip_chars("([ ])").str.splitn(",", 2)
        rows = rows.with_columns(pair.struct.rename_fields(COORDINATES).struct.unnest())
        is_pair = pl.col("coord-lon").is_not_null()
        rows = rows.with_columns(
            pl.when(~is_pair).then("coord").alias("coord"),
            pl.when(is_pair).then(pl.col(COORDINATES).str.strip_chars()),
        )
    numbers = {
        name: rows[name].cast(pl.Float64, strict=False).is_finite().fill_null(False)
        for name in COORDINATES
        if name in rows.columns
    }
    # Words are looked for where there is no number, which saves comparing millions of numbers.
    words = rows.with_columns(rows[name].set(found, None) for name, found in numbers.items())
    read = take_missing(words, missing, notes)
    read = read.with_columns(
        rows[name].zip_with(found, read[name]) for name, found in numbers.items()
    )
    if "coord" in read.columns:
        fault = pl.format("coord: '{}' is not (latitude, longitude)", "coord")
        read = read.with_columns(reason=fault).drop("coord")
    return _of_marker(read, notes)


def _of_marker(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Rows of another marker without its sequence."""
    if "dna_barcode" not in rows.columns:
        return rows
    notes.add(NO_SEQUENCE, "dna_barcode", count=rows["dna_barcode"].null_count())
    if "marker" not in rows.columns:
        return rows
    is_other = (rows["marker"].str.strip_chars().str.to_uppercase() != MARKER).fill_null(True)
    others = rows["marker"].filter(is_other & rows["dna_barcode"].is_not_null())
    for marker, count in others.fill_null("").value_counts().sort("marker").iter_rows():
        notes.add(OTHER_MARKER, "marker", marker, count)
    return rows.with_columns(rows["dna_barcode"].set(is_other, None)).drop("marker")
