"""Tables of people's own: whatever wrote them, no row is lost, and what is done is said."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.ingest.missing import TAKEN
from bioscan.ingest.notes import Notes
from bioscan.ingest.own_tables import read_own_table
from tests.unit.ingest.test_missing import WORDS
from tests.unit.ingest.test_workbooks import workbook

#: The table that all of WAYS write.
TABLE = pl.DataFrame(
    {
        "processid": ["A1", "A2", "A3"],
        "order": ["Diptera", None, "Hymenoptera"],
        "species": ["Sciara thomae", None, "Apis mellifera"],
        "province_state": ["Québec", "Zürich, Thun", "Córdoba"],
        "coord-lat": ["47.37", "8", None],
    }
)
HEADER = "processid,order,species,province_state,coord-lat"
CSV = f'{HEADER}\nA1,Diptera,Sciara thomae,Québec,47.37\nA2,,,"Zürich, Thun",8\n'
CSV += "A3,Hymenoptera,Apis mellifera,Córdoba,\n"
SEMICOLONS = CSV.replace(",", ";").replace("Zürich; Thun", "Zürich, Thun").replace("7.37", "7,37")
TABS = CSV.replace(",", "\t").replace("Zürich\t Thun", "Zürich, Thun")
LINES = CSV.splitlines()
ALL_QUOTED = "\n".join(
    ";".join(f'"{cell}"' for cell in line.replace('"', "").split(";"))
    for line in SEMICOLONS.splitlines()
)

#: How programs write it.
WAYS = {
    "plain": CSV,
    "windows": CSV.replace("\n", "\r\n"),
    "macintosh": CSV.replace("\n", "\r"),
    "mixed line ends": CSV.replace("A2", "A2").replace("37\n", "37\r\n").replace("8\n", "8\r"),
    "without the last line end": CSV[:-1],
    "semicolons": SEMICOLONS,
    "semicolons, all quoted": ALL_QUOTED,
    "tabs": TABS,
    "tabs, unquoted": TABS.replace('"', ""),
    "utf-8 with a mark": CSV.encode("utf-8-sig"),
    "a mark before sep=": ("sep=;\r\n" + SEMICOLONS).encode("utf-8-sig"),
    "unicode text of Excel": TABS.replace("\n", "\r\n").encode("utf-16"),
    "utf-16 of big end": TABS.encode("utf-16-be"),
    "windows-1252": CSV.encode("cp1252"),
    "windows-1252 of Excel": SEMICOLONS.replace("\n", "\r\n").encode("cp1252"),
    "row names of R": "\n".join(['""', *"123"][n] + f",{line}" for n, line in enumerate(LINES)),
    "write.table of R": "\n".join(["", "1,", "2,", "3,"][n] + line for n, line in enumerate(LINES)),
    "NA of R": CSV.replace("A2,,,", "A2,NA,NA,").replace("ba,\n", "ba,NA\n"),
    "None of Python": CSV.replace("A2,,,", "A2,None,nan,").replace("ba,\n", "ba,NaN\n"),
    "index of pandas": "\n".join(["", *"012"][n] + f",{line}" for n, line in enumerate(LINES)),
    "index of pandas, read and written": "\n".join(
        ["Unnamed: 0", *"012"][n] + f",{line}" for n, line in enumerate(LINES)
    ),
    "empty columns": CSV.replace("\n", ",,\n"),
    "empty columns of the rows": HEADER + "\n" + "\n".join(f"{line}," for line in LINES[1:]),
    "empty columns of the header": CSV.replace(HEADER, HEADER + ",,"),
    "a title": f"My bees of 2024\n\n{CSV}",
    "a title of Excel": f"My bees; of 2024;;;\n;;;;\n{SEMICOLONS}",
    "empty rows": CSV.replace("\nA", "\n,,,,\n\nA"),
    "other letter case": CSV.replace(HEADER, HEADER.upper()),
    "spaces": CSV.replace(",", ", ").replace(', "Zürich,  Thun"', ',"Zürich, Thun"'),
    "line ends in the heading": CSV.replace("province_state", '"province\nstate"'),
    "Darwin Core": CSV.replace(
        HEADER, "catalogNumber,order,scientificName,stateProvince,decimalLatitude"
    ),
    "packed": gzip.compress(CSV.encode()),
    "more columns": CSV.replace(HEADER, HEADER + ",remarks").replace("37\n", "37,x\n").replace(
        "8\n", "8,\n"
    ).replace("ba,\n", "ba,,y\n"),
}  # fmt: skip


def read(path: Path, data: str | bytes) -> tuple[pl.DataFrame, Notes]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    notes = Notes()
    return read_own_table(path, WORDS, notes), notes


def refused(path: Path, data: str | bytes) -> str:
    with pytest.raises(InputError) as error:
        read(path, data)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("way", WAYS)
def test_a_table_is_the_same_however_it_is_written(tmp_path: Path, way: str):
    rows, _ = read(tmp_path / "t.csv", WAYS[way])
    assert rows.select(TABLE.columns).rows() == TABLE.rows()
    assert rows["reason"].null_count() == 3


def test_a_workbook_is_the_same_table(tmp_path: Path):
    cells = [[*row[:-1], row[-1] and float(row[-1])] for row in TABLE.rows()]
    path = workbook(tmp_path / "t.xlsx", [TABLE.columns, *cells], [["other"]])
    rows = read_own_table(path, WORDS, Notes())
    assert rows.select(TABLE.columns).rows() == TABLE.rows()
    assert rows["row_number"].to_list() == [2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "processid,order,coord-lat\nA1,Diptera,47,37\nA2,Diptera,8,5\n",
            "the rows have 4 fields, and the header names 3: name the column without a name, or "
            "put fields with a separator in them in quotation marks ('A1,Diptera,47,37')",
        ),
        ("processid,order\nr1,A1,x\nr2,A2,y\n", "the rows have 3 fields, and the header names 2"),
        ("processid,order\n1,A1,x\n3,A2,y\n", "the rows have 3 fields, and the header names 2"),
        ('processid,order\nA1,5" x\nA2,x\n', "row 2 has a quotation mark that neither begins"),
        ('processid,order\nA1,x\nA2,"x\nA3,y"\n', "row 3 has a field in quotation marks that"),
        ('processid,order\nA1,"x\n' + "A2,x\n" * 99_999, "row 2 has a quotation mark that neither"),
        (
            "processid order\nA1 x\n",
            "needs a column image_file or processid (or catalogNumber), has "
            "'processid order'; separate the columns by commas or tabs, not by spaces",
        ),
        (
            "'processid','order'\n'A1','x'\n",
            "has its fields in single quotation marks ('processid'",
        ),
        ("processid,famly\nA1,x\n", "unknown column 'famly'; is it 'family'?"),
        ("My flies\nname,order\n", "needs a column image_file or processid"),
        ("PK\3\4", "cannot be read as a workbook"),
    ],
)
def test_what_has_no_one_safe_reading_is_refused(tmp_path: Path, rows: str, message: str):
    assert refused(tmp_path / "t.csv", rows).startswith(message)


def test_marks_in_a_table_with_tabs_are_text_unless_they_are_around_the_cell(tmp_path: Path):
    cells = ['"Salween River" Aqua', '"old', 'bridge"', '5" pan', '"', '"Thun, lake"', '"a ""b"""']
    text = "processid\tprovince_state\n" + "".join(f"A{n}\t{c}\n" for n, c in enumerate(cells))
    rows, _ = read(tmp_path / "t.tsv", text)
    assert rows["province_state"].to_list() == [*cells[:4], None, "Thun, lake", 'a "b"']


def test_a_quoted_line_end_in_a_table_with_tabs_is_one_where_that_explains_all(tmp_path: Path):
    rows, _ = read(tmp_path / "t.tsv", 'processid\tprovince_state\nA1\t"Thun\nlake"\nA2\tx\n')
    assert rows["province_state"].to_list() == ["Thun\nlake", "x"]
    text = 'processid\tprovince_state\nA1\t"Thun\nA2\t5" x\nA3\nA4\ty\n'
    rows, _ = read(tmp_path / "t.tsv", text)
    assert rows["processid"].to_list() == ["A1", "A2", "A4", None]
    assert rows["reason"].to_list() == [None, None, None, "row 4 has 1 fields, not 2"]


def test_rows_keep_their_number_in_the_file(tmp_path: Path):
    rows, _ = read(tmp_path / "t.csv", "sep=,\n\nprocessid,order\nA1,x\n\nA2,y\nA3\nA4,z\n")
    assert rows.select("row_number", "processid").drop_nulls().rows() == [
        (4, "A1"), (6, "A2"), (8, "A4"),
    ]  # fmt: skip
    assert rows["reason"].drop_nulls().to_list() == ["row 7 has 1 fields, not 2"]


@pytest.mark.parametrize("key", ["1,00E+05", "1.23E+11", "1E+05"])
def test_a_key_that_a_spreadsheet_shortened_is_no_key(tmp_path: Path, key: str):
    rows, _ = read(tmp_path / "t.csv", f"processid;order\n{key};x\n12E05;y\n")
    assert rows["reason"].to_list() == [f"processid '{key}' was shortened by a spreadsheet", None]


def test_what_is_done_is_noted(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    _, notes = read(
        tmp_path / "t.csv",
        ";ProcessID;family;coord-lat;remarks;\n1;A1;NA;47,37;x;\n2;A2; Apidae;8;;\n",
    )
    assert notes.table().rows() == [
        ("separated by", "", "semicolons", 1),
        ("column read under another name", "processid", "ProcessID", 1),
        ("column passed over, cells", "column 1 without a name", "", 2),
        ("column passed over, cells", "'remarks'", "", 1),
        ("white space around the cell taken away", "family", "", 1),
        (TAKEN, "family", "NA", 1),
        ("read with a decimal comma", "coord-lat", "", 1),
    ]
    assert caplog.messages == [
        f"{tmp_path / 't.csv'}: columns that are not used: column 1 without a name, 'remarks'"
    ]


def test_a_warning_of_many_columns_is_short(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    names = ",".join(f"more {n}" for n in range(60))
    read(tmp_path / "t.csv", f"processid,{names}\nA1{',x' * 60}\n")
    assert caplog.text.rstrip().endswith("'more 9' and 50 more")


def test_a_folder_is_no_table(tmp_path: Path):
    with pytest.raises(InputError, match=f"{tmp_path}: is a folder, expected a table"):
        read_own_table(tmp_path, WORDS, Notes())


def test_a_table_without_rows_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    rows, _ = read(tmp_path / "t.csv", HEADER + "\n")
    assert rows.is_empty()
    assert "t.csv: has a header, and no row below it" in caplog.text


@pytest.mark.parametrize(
    ("qualifier", "species"),
    [
        ("cf.", "Apis cf. mellifera"),
        ("aff", "Apis aff mellifera"),
        ("?", "Apis ? mellifera"),
        ("s.str.", "Apis mellifera"),
        ("", "Apis mellifera"),
        ("NA", "Apis mellifera"),
        ("confirmed", "Apis mellifera"),
    ],
)
def test_a_doubt_in_a_column_of_its_own_is_one_of_the_species(
    tmp_path: Path, qualifier: str, species: str
):
    header = "catalogNumber,genus,specificEpithet,identificationQualifier\n"
    rows, _ = read(tmp_path / "t.csv", f"{header}A1,Apis,mellifera,{qualifier}\nA2,Apis,,cf.\n")
    assert rows["species"].to_list() == [species, None]


def test_a_cut_file_is_refused(tmp_path: Path):
    assert refused(tmp_path / "t.csv", "processid,order\nA1,x\nA2") == (
        "the last row (3) has 1 of 2 fields; is the file cut off?"
    )
    assert "end" in refused(tmp_path / "t.csv", gzip.compress(CSV.encode() * 99)[:-40])
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        read_own_table(tmp_path / "none.csv", WORDS, Notes())
