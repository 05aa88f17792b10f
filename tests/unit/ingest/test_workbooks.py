"""The first sheet of a workbook is read, and said so."""

import datetime
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from bioscan.core.errors import InputError
from bioscan.ingest.notes import Notes
from bioscan.ingest.workbooks import read_workbook


def workbook(path: Path, *sheets: list[list]) -> Path:
    """A workbook with the cells of each sheet: numbers, texts, dates; None has no cell."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for number, rows in enumerate(sheets, 1):
            sheet = book.add_worksheet(f"sheet {number}")
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, datetime.date):
                        sheet.write_datetime(at, column, value)
                    elif value == "#DIV/0!":
                        sheet.write_formula(at, column, "=1/0", None, value)
                    elif isinstance(value, str):
                        sheet.write_string(at, column, value)
                    elif value is not None:
                        sheet.write_number(at, column, value)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_workbook(path, Notes())
    assert "\n" not in str(error.value)
    return str(error.value)


def test_cells_are_texts_and_whole_numbers_have_no_decimals(tmp_path: Path):
    table = [
        ["processid", "index", "coord-lat", "text", "date"],
        [1001.0, 7, 47.37, "007", datetime.date(2020, 5, 1)],
        ["A1", 150502, -0.5, "1001.0", None],
    ]
    rows, header = read_workbook(workbook(tmp_path / "t.xlsx", table), Notes())
    assert header == table[0]
    assert rows.drop("row_number").rows() == [
        ("1001", "7", "47.37", "007", "2020-05-01 00:00:00"),
        ("A1", "150502", "-0.5", "1001.0", None),
    ]


def test_rows_without_a_cell_are_none_and_others_keep_their_number(tmp_path: Path):
    table = [[], [None, None], ["processid", "order"], ["A1", "x"], [], ["A2", None], [], []]
    rows, header = read_workbook(workbook(tmp_path / "t.xlsx", table), Notes())
    assert header == ["processid", "order"]
    assert rows.rows() == [(4, "A1", "x"), (6, "A2", None)]


def test_a_heading_may_have_line_ends_and_gaps(tmp_path: Path):
    table = [["process\nid ", None, "order"], ["A1", None, "x"]]
    assert read_workbook(workbook(tmp_path / "t.xlsx", table), Notes())[1] == [
        "process id",
        "",
        "order",
    ]


def test_further_sheets_are_mentioned(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    notes = Notes()
    read_workbook(workbook(tmp_path / "t.xlsx", [["processid"]], [["x"]], []), notes)
    assert (
        "t.xlsx: the first sheet with cells, 'sheet 1', is read, and not 'sheet 2', 'sheet 3'"
        in (caplog.text)
    )
    assert notes.table()["where"].to_list() == ["sheet 1", "sheet 2", "sheet 3"]


def test_an_error_of_a_formula_is_missing_and_noted(tmp_path: Path):
    notes = Notes()
    table = [["processid", "coord-lat"], ["A1", "#DIV/0!"], ["A2", 1]]
    rows, *_ = read_workbook(workbook(tmp_path / "t.xlsx", table), notes)
    assert rows["1"].to_list() == [None, "1"]
    assert notes.table().rows()[1][:2] == ("error of a formula, read as missing", "coord-lat")


def test_a_workbook_without_a_cell_is_refused(tmp_path: Path):
    assert refused(workbook(tmp_path / "t.xlsx", [], [])) == (
        f"{tmp_path / 't.xlsx'}: has no sheet with cells"
    )


def test_an_empty_sheet_in_front_is_passed_over(tmp_path: Path):
    notes = Notes()
    rows, header = read_workbook(workbook(tmp_path / "t.xlsx", [], [["processid"], ["A1"]]), notes)
    assert (header, rows.rows()) == (["processid"], [(2, "A1")])
    assert notes.table()["where"].to_list() == ["sheet 2", "sheet 1"]


def test_a_title_above_the_header_is_passed_over(tmp_path: Path):
    table = [["My bees"], [], ["of 2024", None], ["processid", "order"], ["A1", "x"]]
    rows, header = read_workbook(workbook(tmp_path / "t.xlsx", table), Notes())
    assert (header, rows.rows()) == (["processid", "order"], [(5, "A1", "x")])


def test_what_is_no_workbook_is_refused_with_the_remedy(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", "processid\n")
    assert refused(path).startswith(f"{path}: cannot be read as a workbook (")
    assert refused(path).endswith("; save it as CSV UTF-8 and name that file")
    path.write_bytes(b"PK\x03\x04")
    assert "cannot be read as a workbook" in refused(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert "cannot be read as a workbook" in refused(path)
