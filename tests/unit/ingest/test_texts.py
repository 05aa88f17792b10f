"""A text is opened whatever program wrote it, or refused with what it is."""

import gzip
from pathlib import Path

import pytest

from bioscan.core.errors import InputError
from bioscan.ingest.notes import Notes
from bioscan.ingest.texts import Text, open_text

ROWS = "processid,order\nA1,Diptera\nA2,Élan\n"


def opened(tmp_path: Path, data: bytes) -> tuple[Text, list[tuple]]:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    notes = Notes()
    return open_text(path, notes), notes.table().rows()


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(InputError) as error:
        opened(tmp_path, data)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{tmp_path / 't.csv'}: ")


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, noted: str | None):
    text, notes = opened(tmp_path, ROWS.encode(encoding))
    assert text.header == ["processid", "order"]
    assert text.file.read().decode() == "A1,Diptera\nA2,Élan\n"
    assert notes == ([("encoded as", "", noted, 1)] if noted else [])


def test_utf16_of_big_end_with_its_mark(tmp_path: Path):
    text, _ = opened(tmp_path, b"\xfe\xff" + ROWS.encode("utf-16-be"))
    assert text.file.read().decode() == "A1,Diptera\nA2,Élan\n"


def test_reading_as_windows_1252_is_a_warning_with_an_example(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    opened(tmp_path, "processid,province_state\nA1,Québec – “x”\n".encode("cp1252"))
    assert "read as Windows-1252, with words like 'Québec'" in caplog.text


@pytest.mark.parametrize(
    ("word", "encoding"),
    [("Québec", "mac-roman"), ("Genève", "mac-roman"), ("Москва", "cp1251"), ("東京", "shift-jis")],
)
def test_another_encoding_of_bytes_is_refused(tmp_path: Path, word: str, encoding: str):
    message = refused(tmp_path, f"processid,province_state\nA1,{word}\n".encode(encoding))
    assert message.startswith("is neither UTF-8 nor Windows-1252 (in b'A1,")
    assert message.endswith("save it as CSV UTF-8")


def test_utf8_with_faults_stays_utf8(tmp_path: Path):
    text, notes = opened(tmp_path, ROWS.encode() + "A3,Élan\n".encode("cp1252"))
    assert text.file.read().decode() == "A1,Diptera\nA2,Élan\nA3,\0lan\n"
    assert notes == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_one(tmp_path: Path, end: str):
    text, notes = opened(tmp_path, ROWS.replace("\n", end).encode())
    assert text.header == ["processid", "order"]
    assert text.file.read().decode() == "A1,Diptera\nA2,Élan\n"
    assert [what for what, *_ in notes] == ["line ends are carriage returns"] * (end == "\r")


@pytest.mark.parametrize(
    ("separator", "noted"),
    [(";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (",", None)],
)
@pytest.mark.parametrize("mark", ["", '"'])
def test_the_separator_is_the_one_with_which_columns_are_known(
    tmp_path: Path, separator: str, noted: str | None, mark: str
):
    row = separator.join(f"{mark}{name}{mark}" for name in ("processid", "order", "a, b; c"))
    text, notes = opened(tmp_path, (row + "\n").encode())
    assert text.separator == separator
    assert text.header[:2] == ["processid", "order"]
    assert notes == ([("separated by", "", noted, 1)] if noted else [])


def test_spaces_separate_what_r_puts_in_marks(tmp_path: Path):
    text, _ = opened(tmp_path, b'"processid" "order"\n')
    assert (text.separator, text.header) == (" ", ["processid", "order"])
    assert opened(tmp_path, b"image file\n")[0].header == ["image file"]


@pytest.mark.parametrize("hint", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_hint_for_excel_is_no_header(tmp_path: Path, hint: str, mark: bytes):
    text, notes = opened(tmp_path, mark + f"{hint}\r\nprocessid;order\r\nA1;x\r\n".encode())
    assert (text.separator, text.header, text.header_row) == (";", ["processid", "order"], 2)
    assert ("row above the header passed over", "", hint, 1) in notes


def test_a_hint_of_a_tab_is_one_too(tmp_path: Path):
    text, _ = opened(tmp_path, b"sep=\t\nprocessid\torder\n")
    assert (text.separator, text.header_row) == ("\t", 2)


def test_rows_without_text_above_the_header_are_passed_over(tmp_path: Path):
    text, notes = opened(tmp_path, b"\n,,\n# exported, 2024\nprocessid,order\nA1,x\n")
    assert (text.header, text.header_row) == (["processid", "order"], 4)
    assert [note[2] for note in notes] == ["", ",,", "# exported, 2024"]


def test_a_separator_behind_a_single_column_is_one(tmp_path: Path):
    text, _ = opened(tmp_path, b"image_file;\nA1.jpg;\n")
    assert (text.separator, text.header) == (";", ["image_file", ""])


def test_only_line_ends_end_a_row(tmp_path: Path):
    text, _ = opened(tmp_path, "processid,or\u2028der\nA1,x\n".encode())
    assert text.header == ["processid", "or der"]


def test_a_heading_may_have_line_ends_and_spaces(tmp_path: Path):
    text, _ = opened(tmp_path, b'"process\r\nid", order ,"a\n\nb"\r\nA1,x,y\r\n')
    assert text.header == ["process id", "order", "a b"]
    assert text.file.read() == b"A1,x,y\n"


@pytest.mark.parametrize(
    "text",
    [
        'processid,5" sieve\nA1,x\nA2,y\n',
        'processid,5" sieve\nA1,6" sieve\nA2,y\n',
        '"processid,order\nA1,x\n' + "A2,y\n" * 99_999,
    ],
)
def test_a_stray_mark_in_the_heading_takes_no_rows(tmp_path: Path, text: str):
    assert refused(tmp_path, text.encode()).startswith("row 1, the header, has a quotation mark")


def test_a_text_may_be_packed(tmp_path: Path):
    text, _ = opened(tmp_path, gzip.compress(ROWS.encode()))
    assert text.file.read().decode() == "A1,Diptera\nA2,Élan\n"


def test_a_header_may_be_all(tmp_path: Path):
    text, _ = opened(tmp_path, b"processid,order")
    assert text.header == ["processid", "order"]
    assert text.file.read() == b""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected a header and rows of text, found none"),
        (b"\n \n", "expected a header and rows of text, found none"),
        (b"\n<html><table>", "is HTML or XML; expected a table (CSV, or .xlsx)"),
        (b'[{"processid": 1}]', "is JSON; expected a table (CSV, or .xlsx)"),
        (b"PAR1\0\0", "is a Parquet file; expected a table (CSV, or .xlsx)"),
        (b">A1\nACGT\n", "is FASTA; expected a table (CSV, or .xlsx)"),
        (gzip.compress(ROWS.encode())[:-9], "Compressed file ended before the end-of-stream"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, data: bytes, message: str):
    assert refused(tmp_path, data).startswith(message)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        open_text(tmp_path / "none.csv", Notes())
