"""Rows of delimited text: none is lost, padded or invented."""

import io
import logging
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.ingest import delimited
from bioscan.ingest.delimited import NUL, read_batches, read_header

SOURCE = Path("t.csv")


def read(text: bytes, separator: str = ",", *, quoted: bool = True) -> pl.DataFrame:
    """All batches of a table."""
    file = io.BufferedReader(io.BytesIO(text))
    columns = read_header(file, SOURCE, separator, quoted=quoted)
    texts = dict.fromkeys(columns, pl.String)
    none = pl.DataFrame(schema=texts | {"row_number": pl.UInt32, "reason": pl.String})
    batches = read_batches(file, SOURCE, separator, columns, columns, [""], quoted=quoted)
    return pl.concat([none, *batches])


def refused(text: bytes) -> str:
    with pytest.raises(InputError) as error:
        read(text)
    message = str(error.value)
    assert message.startswith("t.csv: ")
    assert "\n" not in message
    return message


@pytest.fixture(params=[32, 45, 1 << 20])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """Blocks that end anywhere."""
    monkeypatch.setattr(delimited, "BLOCK", request.param)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.usefixtures("block")
def test_any_line_end_is_read_and_the_last_one_may_be_missing(line_end: str, last: bool):
    text = f"a,b{line_end}" + line_end.join(f"{n},é{n}" for n in range(100)) + line_end * last
    table = read(text.encode())
    assert table["a"].to_list() == [str(n) for n in range(100)]
    assert table["b"].to_list() == [f"é{n}" for n in range(100)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.usefixtures("block")
def test_a_quoted_field_may_contain_anything(line_end: str):
    value = f'x{line_end},y{line_end}{line_end}""z""'
    rows = "".join(f'{n},"{value}"{line_end}' for n in range(50))
    table = read(f"a,b{line_end}{rows}".encode())
    assert table["b"].to_list() == [value.replace('""', '"')] * 50


@pytest.mark.usefixtures("block")
def test_rows_of_another_length_are_reported_with_their_numbers():
    good = "".join(f"{n},x\n" for n in range(40))
    table = read(f"a,b\n1\n{good}1,2,3\n{good}".encode())
    assert table["a"].drop_nulls().to_list() == [*map(str, range(40))] * 2
    assert table["reason"].drop_nulls().to_list() == [
        "row 2 has 1 fields, not 2",
        "row 43 has 3 fields, not 2",
    ]
    assert table.height == 82


@pytest.mark.parametrize("last", ["1", "1\n", '"1"'])
@pytest.mark.usefixtures("block")
def test_a_short_last_row_is_a_cut_file(last: str):
    message = refused(b"a,b\n" + b"1,2\n" * 100 + last.encode())
    assert message == "t.csv: the last row (102) has 1 of 2 fields; is the file cut off?"


def test_a_long_last_row_is_no_cut_file():
    assert read(b"a,b\n1,2\n1,2,3")["reason"].to_list() == [None, "row 3 has 3 fields, not 2"]


STRAY = "has a quotation mark that neither begins nor ends a field (in "


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ('1,"2\n' + "1,2\n" * 100, 2),  # left open
        ("1,2\n" * 90 + '1,"2\n1,2\n', 92),
        ('1,5" long\n1,2\n', 2),
        ('1,2\n1,5" long\n1,6" long\n', 3),  # an even number
        ('1,"2" x\n', 2),  # text behind a closing mark
        ('1,2\n1, "2"\n', 3),  # or before an opening one
        ('1,"Bern\n2,Thun\n3,the "old" bridge"\n', 2),  # opened in a row, closed in another
        ('1,"a ""b"" c"\n"x\ny",2\n1,""a""\n', 4),  # multi-line fields are one row
    ],
)
@pytest.mark.usefixtures("block")
def test_a_mark_that_neither_begins_nor_ends_a_field_is_refused(rows: str, number: int):
    assert f"row {number} {STRAY}" in refused(b"a,b\n" + rows.encode())


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ('1,"x\n2,y\n3,z"\n', 2),
        ('1,a\n1,"x\n2,y"\n4,z\n', 3),
        ('1,a\n"1,x\n2",y\n4,z\n', 3),
        ('1,"x\r\n2,y\r\n3,z"\r\n', 2),
    ],
)
@pytest.mark.usefixtures("block")
def test_a_field_that_holds_whole_rows_is_refused(rows: str, number: int):
    message = refused(b"a,b\n" + rows.encode())
    assert message.startswith(
        f"t.csv: row {number} has a field in quotation marks that holds whole"
    )


def test_a_field_of_several_lines_is_a_field():
    text = b'a,b,c\n1,"two\nlines, and a comma",2\n"a\n\nb",,\n'
    assert read(text)["row_number"].to_list() == [2, 3]
    assert read(text)["b"].to_list() == ["two\nlines, and a comma", None]


@pytest.mark.usefixtures("block")
def test_marks_of_a_table_without_quoting_are_letters():
    rows = ['"Salween River" Aqua', '"old', 'bridge"', '5" pan', '"', '""', '"a"'] * 9
    text = "a\tb\n" + "".join(f"{n}\t{cell}\n" for n, cell in enumerate(rows))
    table = read(text.encode(), "\t", quoted=False)
    assert table["b"].to_list() == rows
    assert table["row_number"].to_list() == list(range(2, len(rows) + 2))


@pytest.mark.usefixtures("block")
def test_each_row_has_its_number_in_the_file():
    text = b"a,b\n1,x\n\n3,y\n4\n" * 20 + b"5,z\n"
    table = read(text).drop_nulls("row_number")
    lines = text.decode().split("\n")
    for number, a, b in table.select("row_number", "a", "b").iter_rows():
        assert lines[number - 1] == f"{a},{b}"
    assert table.height == 60


def test_a_name_may_have_a_line_end():
    assert read(b'"a\nname",b\n1,2\n').columns[:2] == ["a\nname", "b"]


@pytest.mark.usefixtures("block")
def test_a_lone_carriage_return_ends_a_row():
    assert read(b"a,b\n1,2\r3,4\n")["a"].to_list() == ["1", "3"]


@pytest.mark.parametrize("text", [b"\xe9", b"x\xe9\xe9y", b"\xc3", "é".encode("utf-16")[:3]])
@pytest.mark.usefixtures("block")
def test_bytes_that_are_not_utf8_are_marked(text: bytes):
    table = read(b"a,b\n" + b"1,2\n" * 70 + b"3," + text + b"\n" + b"1,2\n" * 70)
    assert table.height == 141
    assert table["b"].str.contains(NUL, literal=True).arg_true().to_list() == [70]


def test_a_row_of_another_length_need_not_be_utf8():
    table = read(b"a,b\n1,2\n3,\xe9,5\n4,\xe9\n")
    assert table["b"].to_list() == ["2", NUL, None]
    assert table["reason"].to_list() == [None, None, "row 3 has 3 fields, not 2"]


def test_a_character_cut_off_at_the_end_is_marked():
    assert read("a,b\n1,é".encode()[:-1])["b"].item() == NUL


def test_a_byte_order_mark_is_no_part_of_a_name():
    assert read("a,b\n1,2\n".encode("utf-8-sig")).columns[:2] == ["a", "b"]


def test_empty_lines_are_no_rows(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        assert read(b"a,b\n\n1,2\n,\n\n")["a"].to_list() == ["1"]
    assert caplog.messages == ["t.csv: 3 row(s) without any value are skipped"]


@pytest.mark.parametrize("text", [b"a,b\n", b"a,b\r\n"])
def test_a_header_alone_has_no_rows(text: bytes):
    assert read(text).shape == (0, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "t.csv: expected a header and rows of text, found b''"),
        (b"\n1,2\n", "t.csv: expected a header and rows of text, found b'\\n'"),
        (b"a,b", "t.csv: expected a header and rows of text, found b'a,b'"),
        (b"a,b\r1,2\r", "t.csv: expected a header and rows of text, found b'a,b\\r1,2\\r'"),
        (b"a,b,a,c,c\n", "t.csv: column(s) given more than once: 'a', 'c'"),
        ("a,b\n".encode("utf-16"), "t.csv: the header is not a row of UTF-8 text ("),
    ],
)
def test_a_bad_header_is_named(text: bytes, message: str):
    assert refused(text).startswith(message)
