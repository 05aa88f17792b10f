"""Tables of people's own, written by any program, under canonical column names."""

import csv
import io
import logging
import zlib
from collections.abc import Collection
from itertools import islice
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError, first_ten, why_not_opened
from bioscan.ingest.cells import (
    SHORTENED,
    decimal_commas,
    name_species,
    split_coord,
    stripped,
    whole_chunks,
)
from bioscan.ingest.columns import NAMELESS, canonical_columns, known_names
from bioscan.ingest.delimited import read_batches
from bioscan.ingest.fasta import HEADER, is_fasta, read_fasta
from bioscan.ingest.missing import take_missing
from bioscan.ingest.notes import Notes
from bioscan.ingest.texts import Text, open_text
from bioscan.ingest.workbooks import STARTS, read_workbook

log = logging.getLogger(__name__)

#: Rows that are looked at to see whether there is a column more than the header names.
_SAMPLE = 100


def read_own_table(path: Path, missing: Collection[str], notes: Notes) -> pl.DataFrame:
    """The rows of a table under canonical names.

    Args:
        path: text with any of the usual separators, encodings and line ends, a workbook, or FASTA.
        missing: the config's words for a missing value.
        notes: gets what was passed over, changed or taken as missing.

    Returns:
        Strings under names of SCHEMA, `row_number` (UInt32) and `reason`, which is not null for a
        row that cannot be used. One of `image_file` and `processid` is there.

    Raises:
        InputError: the table cannot be read in one safe way; the message says what to change.
    """
    rows, header = _read(path, notes)
    if rows.is_empty():
        log.warning("%s: has a header, and no row below it", path)
    used = canonical_columns(header, path, notes)
    _tell_unused(rows, header, used, path, notes)
    names = {str(index): name for index, name in used.items()}
    rows = rows.select(*names, "row_number", "reason").rename(names)
    rows = take_missing(stripped(rows, notes), missing, notes)
    rows = decimal_commas(split_coord(rows, notes), notes)
    rows = whole_chunks(name_species(rows, path, notes), notes)
    return _without_shortened(rows)


def _read(path: Path, notes: Notes) -> tuple[pl.DataFrame, list[str]]:
    """All columns, numbered, with `row_number` and `reason`, and their names."""
    try:
        with path.open("rb") as file:
            is_workbook = file.read(4) in STARTS
    except OSError as error:
        raise InputError(f"{path}: {why_not_opened(error, 'a table')}") from error
    try:
        if is_fasta(path):
            return read_fasta(path, notes), HEADER
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read to its end ({error})") from error
    if is_workbook:
        rows, header = read_workbook(path, notes)
        return rows.with_columns(reason=pl.lit(None, pl.String)), header
    try:
        text = open_text(path, notes)
        header = _as_wide_as_rows(text, path)
        if text.may_quote:
            rows = _rows(text, header, path, quoted=True)
        else:
            rows = _rows_with_tabs(text, header, path)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read to its end ({error})") from error
    return rows, header


def _rows(text: Text, header: list[str], path: Path, *, quoted: bool) -> pl.DataFrame:
    columns = [str(index) for index in range(len(header))]
    schema = dict.fromkeys(columns, pl.String) | {"row_number": pl.UInt32, "reason": pl.String}
    batches = read_batches(
        text.file,
        path,
        text.separator,
        columns,
        columns,
        [""],
        quoted=quoted,
        header_row=text.header_row,
    )
    rows = pl.concat([pl.DataFrame(schema=schema), *batches], how="diagonal")
    if quoted:
        return rows
    # Excel puts some fields of a table with tabs in marks, BOLD none: only a whole cell is bare.
    cells = pl.col(columns)
    inner = cells.str.extract(r'(?s)^"((?:[^"]|"")*)"$')
    return rows.with_columns(
        pl.when(inner.is_not_null())
        .then(inner.str.replace_all('""', '"', literal=True))
        .otherwise(cells)
        .name.keep()
    )


def _rows_with_tabs(text: Text, header: list[str], path: Path) -> pl.DataFrame:
    """The rows of a table with tabs, in which marks are text, unless only fields explain all rows.

    Raises:
        InputError: a fault that `read_batches` raises.
    """
    rows, fault = None, None
    try:
        rows = _rows(text, header, path, quoted=False)
        if rows["reason"].null_count() == rows.height:
            return rows
    except InputError as error:
        fault = error
    try:
        quoted = _rows(open_text(path, Notes()), header, path, quoted=True)
        if quoted["reason"].null_count() == quoted.height:
            return quoted
    except InputError:
        pass  # what is wrong with the marks as text is nearer to the truth
    if fault:
        raise fault
    return rows


def _as_wide_as_rows(text: Text, path: Path) -> list[str]:
    """The header, with as many names as the rows have fields.

    R writes no name above its row names (`write.table`), some programs end each row with a
    separator, others the header only. A row may also have a field more because of decimal commas
    in a table with commas, so only numbers that count the rows are row names.

    Raises:
        InputError: all rows have a field more than the header, and none of this explains it.
    """
    start = text.file.peek(1)
    lines = io.StringIO(start.decode(errors="ignore"), newline="")
    quoting = csv.QUOTE_MINIMAL if text.may_quote else csv.QUOTE_NONE
    try:
        rows = list(islice(csv.reader(lines, delimiter=text.separator, quoting=quoting), _SAMPLE))
    except csv.Error:  # a mark that is left open, which reading the rows names
        return text.header
    if len(start) > 1 << 19:
        rows = rows[:-1]  # it may be cut off
    rows = [row for row in rows if row]
    header, widths = text.header, {len(row) for row in rows}
    if len(widths) != 1:
        return header
    (width,) = widths
    if width < len(header) and not any(header[width:]):
        return header[:width]
    if width != len(header) + 1 or not known_names(header):
        return header
    if not any(row[-1] for row in rows):
        return [*header, ""]
    first = [row[0] for row in rows]
    if all(map(str.isdecimal, first)):
        numbers = [int(name) for name in first]
        if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            return ["", *header]
    raise InputError(
        f"{path}: the rows have {width} fields, and the header names {len(header)}: name the "
        "column without a name, or put fields with a separator in them in quotation marks "
        f"({text.separator.join(rows[0])[:60]!r})"
    )


def _tell_unused(
    rows: pl.DataFrame, header: list[str], used: dict[int, str], path: Path, notes: Notes
) -> None:
    """Note the columns that are passed over; warn of those with values."""
    unused = []
    for index, name in enumerate(header):
        if index in used:
            continue
        values = rows.height - rows[str(index)].null_count()
        nameless = NAMELESS.fullmatch(name)
        shown = f"column {index + 1} without a name" if nameless else repr(name)
        notes.add("column passed over, cells", shown, count=values)
        if values:
            unused.append(shown)
    if unused:
        more = f" and {len(unused) - 10} more" if len(unused) > 10 else ""
        log.warning("%s: columns that are not used: %s%s", path, first_ten(unused), more)


def _without_shortened(rows: pl.DataFrame) -> pl.DataFrame:
    """A reason for rows whose key a spreadsheet has shortened: "1.00E+05" may be any of many."""
    keys = [name for name in ("processid", "image_file") if name in rows.columns]
    reasons = [
        pl.when(pl.col(key).str.contains(SHORTENED)).then(
            pl.format("{} '{}' was shortened by a spreadsheet", pl.lit(key), key)
        )
        for key in keys
    ]
    return rows.with_columns(reason=pl.coalesce("reason", *reasons))
