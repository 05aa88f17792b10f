"""Tables in workbooks of Excel and LibreOffice."""

import logging
from pathlib import Path

import fastexcel
import polars as pl

from bioscan.core.errors import InputError
from bioscan.ingest.columns import TITLE_ROWS, known_names, title_rows
from bioscan.ingest.notes import Notes

log = logging.getLogger(__name__)

#: First bytes of a workbook: a zip (.xlsx, .ods), or the older format of Office (.xls).
STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_workbook(path: Path, notes: Notes) -> tuple[pl.DataFrame, list[str]]:
    """The first sheet of a workbook that has cells.

    A cell comes as its value, not as it is shown: 7 in a cell that shows 00007 is "7". Whole
    numbers have no decimals.

    Args:
        path: .xlsx, .xlsm, .xlsb, .xls or .ods.
        notes: gets the name of the sheet, further ones, and cells with an error of a formula.

    Returns:
        The rows below the header as strings, with `row_number`; their columns are numbered from 0.
        The names of the columns, "" where there is none.

    Raises:
        InputError: no workbook, or one without a row.
    """
    try:
        book = fastexcel.read_excel(path)
        for sheet in book.sheet_names:
            loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
            if loaded.height:
                break
        others = [name for name in book.sheet_names if name != sheet]
        batch, errors = loaded.to_arrow_with_errors() if loaded.height else (None, None)
    except (fastexcel.FastExcelError, ValueError) as error:
        cause = str(error).splitlines()[0].removeprefix("calamine error: ")
        raise InputError(
            f"{path}: cannot be read as a workbook ({cause}); save it as CSV UTF-8 and name that "
            "file"
        ) from error
    notes.add("sheet of the workbook that is read", sheet)
    log.warning(
        "%s: the first sheet with cells, %r, is read%s",
        path,
        sheet,
        f", and not {', '.join(map(repr, others))}" if others else "",
    )
    for other in others:
        notes.add("sheet of the workbook that is passed over", other)
    rows = _frame(batch)
    filled = rows.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    if not filled.any():
        raise InputError(f"{path}: has no sheet with cells")
    first = rows.filter(filled).head(TITLE_ROWS + 1).rows()
    titles = title_rows([known_names([name or "" for name in row]) for row in first])
    notes.add("row above the header passed over", count=titles)
    top = filled.arg_true()[titles]
    header = [" ".join((name or "").split()) for name in rows.row(top)]
    for error in errors.errors if errors else ():
        notes.add("error of a formula, read as missing", header[error.position[1]], error.detail)
    rows = rows.with_row_index("row_number", offset=1)
    return rows.filter(filled).slice(titles + 1), header


def _frame(batch: object) -> pl.DataFrame:
    """Columns that are numbered, all of strings."""
    if batch is None:
        return pl.DataFrame({"0": []}, schema={"0": pl.String})
    frame = pl.DataFrame(pl.from_arrow(batch))
    return frame.rename(dict(zip(frame.columns, map(str, range(frame.width)), strict=True))).cast(
        pl.String
    )
