"""Delimited text (CSV, TSV) in batches, with every row accounted for.

The text is streamed, so a table inside a zip is never unpacked to disk. Arrow reports the rows with
too few or too many fields, which other readers pad or skip. The rows of each block are also counted
by their line ends, independently of Arrow, and both counts must agree. Quotation marks are checked
apart from Arrow, which accepts any.
"""

import codecs
import csv
import io
import logging
import re
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


def read_header(
    file: BufferedReader, source: Path, separator: str, *, quoted: bool = True
) -> list[str]:
    """The column names: the first row of a stream.

    Args:
        file: at its start; afterwards it is behind the header.
        source: the file that messages name.
        separator: between fields.
        quoted: whether a field may stand in quotation marks, which are no part of it.

    Raises:
        InputError: no row of UTF-8 text, or a repeated name.
    """
    line = file.readline(BLOCK)
    if quoted:
        line += to_closing(line.count(b'"') % 2, file)  # line ends within names
    if not line.strip() or not line.endswith(b"\n"):
        raise InputError(f"{source}: expected a header and rows of text, found {line[:40]!r}")
    try:
        columns = split_row(line.decode("utf-8-sig"), separator, quoted=quoted)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source}: the header is not a row of UTF-8 text ({error})") from error
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise InputError(
            f"{source}: column(s) given more than once: {', '.join(map(repr, repeated))}"
        )
    return columns


def split_row(row: str, separator: str, *, quoted: bool = True) -> list[str]:
    """The fields of one row with its line end.

    Raises:
        csv.Error: the row cannot be separated, or is more than one.
    """
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    # Not splitlines, to which more characters are line ends.
    lines = io.StringIO(row, newline="")
    first, *others = csv.reader(lines, delimiter=separator, quoting=quoting)
    if others:
        raise csv.Error("it has a quotation mark that neither begins nor ends a name")
    return first


def one_ahead(
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Callable[..., Iterator[pl.DataFrame]]:
    """Prepare each frame in a thread while the previous one is in use.

    Inflating, parsing and checking take as long as the use of the frames.
    """

    @wraps(read)
    def ahead(*args: Any, **kwargs: Any) -> Iterator[pl.DataFrame]:
        frames = read(*args, **kwargs)
        pool = ThreadPoolExecutor(1)
        try:
            coming = pool.submit(next, frames, None)
            while (frame := coming.result()) is not None:
                coming = pool.submit(next, frames, None)
                yield frame
        finally:
            # Garbage collection may close this generator within any thread, even while that starts:
            # to wait here for another was a deadlock.
            pool.shutdown(wait=False, cancel_futures=True)

    return ahead


@one_ahead
def read_batches(
    file: BufferedReader,
    source: Path,
    separator: str,
    header: list[str],
    columns: list[str],
    missing: Collection[str],
    *,
    quoted: bool = True,
    header_row: int = 1,
) -> Iterator[pl.DataFrame]:
    """The rows below the header as strings, in their order.

    Args:
        file: behind the header.
        source: the file that messages name.
        separator: between fields; a quoted field may contain line ends.
        header: as returned by `read_header`.
        columns: the columns to read.
        missing: the texts that become null.
        quoted: whether a field may stand in quotation marks. Where not, as in the tables of BOLD
            and of BIOSCAN-1M, a mark is a letter like others.
        header_row: the number of the header's row in the file.

    Yields:
        Frames of `columns`, `row_number` (UInt32) and `reason`, which is null except for rows with
        a wrong number of fields: these follow the others of their frame, with null columns. Bytes
        that are not UTF-8 become `NUL`. Rows without any value are skipped and logged.

    Raises:
        InputError: the text ends within a row, its quotation marks are not those of CSV
            (RFC 4180), a quoted field holds whole rows, or its rows cannot be separated.
    """
    malformed: list[pa.csv.InvalidRow] = []

    def note_malformed(row: pa.csv.InvalidRow) -> str:
        malformed.append(row)
        return "skip"

    parse = pa.csv.ParseOptions(
        delimiter=separator,
        quote_char='"' if quoted else False,
        newlines_in_values=quoted,
        ignore_empty_lines=False,
        invalid_row_handler=note_malformed,
    )
    convert = pa.csv.ConvertOptions(
        include_columns=columns,
        column_types=dict.fromkeys(header, pa.string()),
        null_values=list(missing),
        strings_can_be_null=True,
    )
    before, empty = header_row, 0
    for block in _blocks(file, quoted):
        bare = block
        if quoted and b'"' in block:
            bare = _without_quoted(block, source, separator, len(header), before)
        rows = count_line_ends(bare) + (not block.endswith((b"\n", b"\r")))
        # With threads, Arrow does not number the rows.
        read = pa.csv.ReadOptions(column_names=header, block_size=len(block), use_threads=False)
        malformed.clear()
        table = pa.csv.read_csv(pa.BufferReader(block), read, parse, convert)
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
        numbers = pl.int_range(before + 1, before + rows + 1, dtype=pl.UInt32, eager=True)
        if malformed:
            faulty = pl.Series([before + row.number for row in malformed], dtype=pl.UInt32)
            numbers = numbers.filter(~numbers.is_in(faulty.implode()))
        has_value = pl.any_horizontal(pl.all().is_not_null())
        frame = pl.from_arrow(table)
        kept = frame.select(has_value).to_series()
        frame = frame.with_columns(row_number=numbers).filter(kept)
        before += rows
        empty += table.num_rows - frame.height
        faults = pl.DataFrame({"reason": reasons}, schema={"reason": pl.String})
        yield pl.concat([frame, faults], how="diagonal")
    if empty:
        logging.info("%s: %d row(s) without any value are skipped", source, empty)


def count_line_ends(text: bytes) -> int:
    """Count the line ends of a text: LF, CR LF or CR."""
    ends = text.count(b"\n")
    # Testing for a byte takes a tenth of the time of counting it.
    if b"\r" in text:
        ends += text.count(b"\r") - text.count(b"\r\n")
    return ends


def _without_quoted(block: bytes, source: Path, separator: str, width: int, before: int) -> bytes:
    """A block without its quoted fields, which are found without Arrow.

    Arrow takes what stands behind a closing mark as a part of the field, and a mark that one row
    opens and a later one closes as a field of many lines. Neither may happen in silence.

    Args:
        width: the number of fields of a row.
        before: the number of the row above the block.

    Raises:
        InputError: a mark that neither opens nor closes a field, or a field that holds whole rows.
    """
    ends = re.escape(separator.encode()) + rb"\r\n"
    field = rb'(?:(?<=[%b])|\A)"([^"]*+(?:""[^"]*+)*+)"(?=[%b]|\Z)' % (ends, ends)
    bare = re.sub(field, b"", block)
    if b'"' in bare:
        stray = next(found for found in re.finditer(field + rb'|"', block) if found[1] is None)
        row = before + 1 + count_line_ends(re.sub(field, b"", block[: stray.start()]))
        context = block[max(stray.start() - 20, 0) : stray.start() + 30]
        raise InputError(
            f"{source}: row {row} has a quotation mark that neither begins nor ends a field (in "
            f"{context.decode(errors='replace')!r}), or that is left open; remove it, or put the "
            "whole field in marks and write each within it twice"
        )
    if count_line_ends(bare) != count_line_ends(block):
        for found in re.finditer(field, block):
            if _holds_rows(found[1], separator.encode(), width):
                row = before + 1 + count_line_ends(re.sub(field, b"", block[: found.start()]))
                raise InputError(
                    f"{source}: row {row} has a field in quotation marks that holds whole rows "
                    f"({found[1][:50].decode(errors='replace')!r}, …); is the mark before it, or "
                    "the one behind it, meant?"
                )
    return bare


def _holds_rows(field: bytes, separator: bytes, width: int) -> bool:
    """Whether the lines of a field have as many separators as those of whole rows.

    The end of one row, whole rows, and the start of another have as many as the rows between.
    """
    first, *whole = (line.count(separator) for line in field.splitlines())
    return (
        width > 1
        and bool(whole)
        and first + whole[-1] == width - 1
        and all(count == width - 1 for count in whole[:-1])
    )


def _blocks(file: BufferedReader, quoted: bool) -> Iterator[bytes]:
    """The rest of a text in blocks of whole rows, valid UTF-8.

    A block whose last mark is left open ends with the text, or after twice the size of a block.
    """
    while block := file.read(BLOCK):
        block += file.readline(BLOCK)
        if quoted and b'"' in block:
            block += to_closing(block.count(b'"') % 2, file)
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


def to_closing(quoted: int, file: BufferedReader) -> bytes:
    """Read lines until one ends outside quotation marks; none if `quoted` is 0."""
    lines, size = [], 0
    while quoted and size <= BLOCK and (line := file.readline(BLOCK)):
        lines.append(line)
        size += len(line)
        quoted ^= line.count(b'"') % 2
    return b"".join(lines)
