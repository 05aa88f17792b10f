"""Delimited text (CSV, TSV) in batches, with every row accounted for.

The text is streamed, so a table inside a zip is never unpacked to disk. Arrow reports the rows with
too few or too many fields, which other readers pad or skip. The rows of each block are also counted
by their line ends, independently of Arrow, and both counts must agree.
"""

import codecs
import csv
import logging
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from io import BufferedReader
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv

from bioscan.core.errors import InputError

#: Replaces bytes that are not UTF-8. No table has a reason to contain it.
NUL = "\0"

#: Bytes of a batch, about 20,000 records; also the longest row.
BLOCK = 16 << 20

codecs.register_error("bioscan_nul", lambda error: (NUL, error.end))


def read_header(file: BufferedReader, source: Path, separator: str) -> list[str]:
    """The column names: the first line of a stream.

    Args:
        file: at its start; afterwards it is behind the header.
        source: the file that messages name.
        separator: between fields.

    Raises:
        InputError: no line of UTF-8 text, or a repeated name.
    """
    line = file.readline(BLOCK)
    if not line.strip() or not line.endswith(b"\n"):
        raise InputError(f"{source}: expected a header and rows of text, found {line[:40]!r}")
    try:
        columns = next(csv.reader([line.decode("utf-8-sig")], delimiter=separator))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source}: the header is not a line of UTF-8 text ({error})") from error
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise InputError(f"{source}: column(s) given more than once: {', '.join(repeated)}")
    return columns


def one_ahead(
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Callable[..., Iterator[pl.DataFrame]]:
    """Prepare each frame in a thread while the previous one is in use.

    Inflating, parsing and checking take as long as the use of the frames.
    """

    @wraps(read)
    def ahead(*args: Any, **kwargs: Any) -> Iterator[pl.DataFrame]:
        frames = read(*args, **kwargs)
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(next, frames, None)
            while (frame := coming.result()) is not None:
                coming = pool.submit(next, frames, None)
                yield frame

    return ahead


@one_ahead
def read_batches(
    file: BufferedReader,
    source: Path,
    separator: str,
    header: list[str],
    columns: list[str],
    missing: Collection[str],
) -> Iterator[pl.DataFrame]:
    """The rows below the header as strings, in their order.

    Args:
        file: behind the header.
        source: the file that messages name.
        separator: between fields; a quoted field may contain line ends.
        header: as returned by `read_header`.
        columns: the columns to read.
        missing: the texts that become null.

    Yields:
        Frames of `columns` and `reason`, which is null except for rows with a wrong number of
        fields: these follow the others of their frame, with null columns. The header is row 1.
        Bytes that are not UTF-8 become `NUL`. Rows without any value are skipped and logged.

    Raises:
        InputError: the text ends within a row or within quotation marks, or its rows cannot be
            separated.
    """
    malformed: list[pa.csv.InvalidRow] = []

    def note_malformed(row: pa.csv.InvalidRow) -> str:
        malformed.append(row)
        return "skip"

    parse = pa.csv.ParseOptions(
        delimiter=separator,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=note_malformed,
    )
    convert = pa.csv.ConvertOptions(
        include_columns=columns,
        column_types=dict.fromkeys(header, pa.string()),
        null_values=list(missing),
        strings_can_be_null=True,
    )
    before, empty = 1, 0  # the header is a row
    for block in _blocks(file, source):
        # With threads, Arrow does not number the rows.
        read = pa.csv.ReadOptions(column_names=header, block_size=len(block), use_threads=False)
        malformed.clear()
        table = pa.csv.read_csv(pa.BufferReader(block), read, parse, convert)
        rows = count_rows(block)
        if table.num_rows + len(malformed) != rows:
            raise InputError(
                f"{source}: rows {before + 1} to {before + rows} by their line ends are "
                f"{table.num_rows + len(malformed)} by their fields; is there a quotation mark "
                "within a field that is not quoted?"
            )
        reasons = []
        for row in malformed:
            number, found, expected = before + row.number, row.actual_columns, row.expected_columns
            if row.number == rows and found < expected and not file.peek():
                raise InputError(
                    f"{source}: the last row ({number}) has {found} of {expected} fields; is the "
                    "file cut off?"
                )
            reasons.append(f"row {number} has {found} fields, not {expected}")
        frame = pl.from_arrow(table).filter(pl.any_horizontal(pl.all().is_not_null()))
        before += rows
        empty += table.num_rows - frame.height
        faults = pl.DataFrame({"reason": reasons}, schema={"reason": pl.String})
        yield pl.concat([frame, faults], how="diagonal")
    if empty:
        logging.info("%s: %d row(s) without any value are skipped", source, empty)


def count_rows(block: bytes) -> int:
    """Count the rows of a text that starts and ends outside quotation marks, by its line ends."""
    # Testing for a byte takes a tenth of the time of counting it.
    bare = b'"'.join(block.split(b'"')[::2]) if b'"' in block else block
    rows = bare.count(b"\n")
    if b"\r" in bare:
        rows += bare.count(b"\r") - bare.count(b"\r\n")
    return rows + (not block.endswith((b"\n", b"\r")))


def _blocks(file: BufferedReader, source: Path) -> Iterator[bytes]:
    """The rest of a text in blocks of whole rows, valid UTF-8."""
    while block := file.read(BLOCK):
        block += file.readline(BLOCK)
        if b'"' in block:
            block += _to_closing(block.count(b'"') % 2, file, source)
        yield as_utf8(block)


def as_utf8(block: bytes) -> bytes:
    """Replace bytes that are not UTF-8 by `NUL`."""
    if block.isascii():
        return block
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode("utf-8", "bioscan_nul").encode()
    return block


def _to_closing(quoted: int, file: BufferedReader, source: Path) -> bytes:
    """Read lines until one ends outside quotation marks; none if `quoted` is 0."""
    lines, size = [], 0
    while quoted:
        line = file.readline(BLOCK)
        lines.append(line)
        size += len(line)
        quoted ^= line.count(b'"') % 2
        if not line or size > BLOCK:
            raise InputError(f"{source}: is a quotation mark left open?")
    return b"".join(lines)
