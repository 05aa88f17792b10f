"""Exports of BOLD are read as they are, of each generation, and every row is accounted for."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.ingest import bold
from bioscan.ingest.bold import (
    EMPTY_ROW,
    NO_MARKERS,
    NO_SEQUENCE,
    OTHER_MARKER,
    SECOND_HEADER,
    UNUSED,
    read_bold,
)
from bioscan.ingest.missing import TAKEN
from bioscan.ingest.notes import Notes
from bioscan.ingest.records import write_records
from bioscan.ingest.repeats import FURTHER_ROWS

#: A row of each generation, in the order of its columns; the columns between are left out.
BCDM = {
    "processid": "FLY1-21", "sampleid": "S1", "record_id": "FLY1-21.COI-5P",
    "bin_uri": "BOLD:AAA0001", "kingdom": "Animalia", "phylum": "Arthropoda", "class": "Insecta",
    "order": "Diptera", "family": "Sciaridae", "subfamily": "None", "tribe": "None",
    "genus": "Bradysia", "species": "Bradysia alba", "subspecies": "None",
    "collectors": 'J. "Jo" Doe', "country/ocean": "Atlantis", "province/state": "North",
    "coord": "(47.37,8.54)", "nuc": "ACGTACGT", "marker_code": "COI-5P",
}  # fmt: skip
PACKAGE_2023 = {
    "processid": "FLY1-21", "sampleid": "S1", "bin_uri": "BOLD:AAA0001", "phylum": "Arthropoda",
    "class": "Insecta", "order": "Diptera", "family": "Sciaridae", "subfamily": "None",
    "genus": "Bradysia", "species": "Bradysia alba", "subspecies": "None",
    "coord": "(47.37,8.54)", "country": "Atlantis", "province": "North", "country_iso": "None",
    "marker_code": "COI-5P", "nucraw": "ACGTACGT",
}  # fmt: skip
BOLD4 = {
    "processid": "FLY1-21", "sampleid": "S1", "bin_uri": "BOLD:AAA0001", "phylum_taxID": "20",
    "phylum_name": "Arthropoda", "class_name": "Insecta", "order_name": "Diptera",
    "family_name": "Sciaridae", "subfamily_name": "", "genus_name": "Bradysia",
    "species_name": "Bradysia alba", "subspecies_name": "", "lat": "47.37", "lon": "8.54",
    "country": "Atlantis", "province_state": "North", "markercode": "COI-5P",
    "nucleotides": "ACGTACGT",
}  # fmt: skip

MISSING = ["None", "NA"]


def export(path: Path, *rows: dict[str, str]) -> Path:
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", newline="")
    return path


def read(path: Path, *images: str) -> tuple[pl.DataFrame, list[tuple[str, str]], list[tuple]]:
    """The records, the quarantined rows and the notes."""
    records, notes = path.with_name("raw.parquet"), Notes()
    batches = read_bold(path, images, MISSING, notes)
    quarantined, _ = write_records(batches, path, records, notes, keep="longest")
    rows = [row for row in notes.table().rows() if row[0] not in (TAKEN, UNUSED)]
    return pl.read_parquet(records), quarantined.rows(), rows


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        list(read_bold(path, [], MISSING, Notes()))
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path}: ")


LONG = {"long" if name == "lon" else name: value for name, value in BOLD4.items()}


@pytest.mark.parametrize("row", [BCDM, PACKAGE_2023, BOLD4, LONG])
def test_every_generation_has_the_same_record(tmp_path: Path, row: dict[str, str]):
    records, quarantined, _ = read(export(tmp_path / "a.tsv", row))
    assert {name: value for name, value in records.row(0, named=True).items() if value} == {
        "processid": "FLY1-21", "sampleid": "S1", "taxon": "Bradysia alba",
        "phylum": "Arthropoda", "class": "Insecta", "order": "Diptera", "family": "Sciaridae",
        "genus": "Bradysia", "species": "Bradysia alba", "dna_bin": "BOLD:AAA0001",
        "dna_barcode": "ACGTACGT", "country": "Atlantis", "province_state": "North",
        "coord-lat": 47.37, "coord-lon": 8.54,
    }  # fmt: skip
    assert quarantined == []


def test_a_name_in_the_header_may_have_capitals_and_spaces_and_a_mark_of_order(tmp_path: Path):
    path = export(tmp_path / "a.tsv", BOLD4)
    text = path.read_text().replace("processid", "\ufeffProcess ID", 1)
    path.write_text(text.replace("sampleid", "Sample ID", 1).replace("\n", "\r\n"), newline="")
    records, *_ = read(path)
    assert records.select("processid", "sampleid", "dna_barcode").row(0) == (
        "FLY1-21",
        "S1",
        "ACGTACGT",
    )


def test_unused_columns_and_words_for_missing_are_noted(tmp_path: Path):
    row = BCDM | {"species": "na", "province/state": ""}
    notes = Notes()
    list(read_bold(export(tmp_path / "a.tsv", row, BCDM), [], MISSING, notes))
    rows = notes.table().rows()
    assert (UNUSED, "", "record_id, kingdom, collectors", 3) in rows
    assert (TAKEN, "subfamily", "None", 2) in rows
    assert (TAKEN, "species", "na", 1) in rows
    assert (TAKEN, "province_state", "", 1) in rows


@pytest.mark.parametrize(
    ("coord", "place"),
    [
        ("(47.37,8.54)", (47.37, 8.54)),
        ("[-12.5, -77]", (-12.5, -77)),
        ("None", (None, None)),
        ("", (None, None)),
        ("(None,None)", (None, None)),
        ("(47.37,NA)", (47.37, None)),
    ],
)
def test_a_place_is_read_from_one_field(
    tmp_path: Path, coord: str, place: tuple[float | None, float | None]
):
    records, quarantined, _ = read(export(tmp_path / "a.tsv", BCDM | {"coord": coord}))
    assert records.select("coord-lat", "coord-lon").row(0) == place
    assert quarantined == []


@pytest.mark.parametrize(
    ("coord", "fault"),
    [
        ("(97.37,8.54)", "coord-lat: '97.37' is not between -90 and 90"),
        ("(47,37,8,54)", "coord-lon: '37,8,54' is not a valid number"),
        ("47°22'N 8°32'E", "coord: '47°22'N 8°32'E' is not (latitude, longitude)"),
        ("(47.37)", "coord: '(47.37)' is not (latitude, longitude)"),
    ],
)
def test_a_place_that_is_none_sets_its_row_aside(tmp_path: Path, coord: str, fault: str):
    path = export(tmp_path / "a.tsv", BCDM, BCDM | {"processid": "FLY2-21", "coord": coord})
    records, quarantined, _ = read(path)
    assert quarantined == [("FLY2-21", f"row 3: {fault}")]
    assert records.height == 1


def test_of_the_sequences_of_a_specimen_the_longest_of_the_marker_is_its_barcode(tmp_path: Path):
    rows = [
        BCDM | {"nuc": "ACGTACGTACGT", "marker_code": "16S"},
        BCDM | {"nuc": "ACGNN"},
        BCDM | {"nuc": "ACGT"},
        BCDM | {"nuc": "None", "marker_code": "None"},
        BCDM | {"processid": "FLY2-21", "nuc": "ACGTACGT", "marker_code": "ITS2"},
        BCDM | {"processid": "FLY3-21", "nuc": "", "marker_code": ""},
        BCDM | {"processid": "FLY4-21", "nuc": "ACGT", "marker_code": ""},
        BCDM | {"nuc": "TTTT"},
        BCDM | {"processid": "FLY5-21", "marker_code": "coi-5p "},
    ]
    records, quarantined, notes = read(export(tmp_path / "a.tsv", *rows))
    assert records.select("processid", "dna_barcode").rows() == [
        ("FLY1-21", "ACGT"),
        ("FLY2-21", None),
        ("FLY3-21", None),
        ("FLY4-21", None),
        ("FLY5-21", "ACGTACGT"),
    ]
    assert quarantined == []
    assert sorted(notes) == sorted([
        (NO_SEQUENCE, "dna_barcode", "", 2),
        (OTHER_MARKER, "marker", "", 1),
        (OTHER_MARKER, "marker", "16S", 1),
        (OTHER_MARKER, "marker", "ITS2", 1),
        (FURTHER_ROWS, "processid", "", 4),
    ])  # fmt: skip


def test_without_markers_every_sequence_is_a_barcode_and_the_notes_say_so(tmp_path: Path):
    row = {name: value for name, value in BOLD4.items() if name != "markercode"}
    records, _, notes = read(export(tmp_path / "a.tsv", row))
    assert records["dna_barcode"].to_list() == ["ACGTACGT"]
    assert notes == [(NO_MARKERS, "", "", 1)]


def test_without_sequences_specimens_are_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    row = {name: value for name, value in BCDM.items() if name != "nuc"}
    records, *_ = read(export(tmp_path / "a.tsv", row))
    assert records.select("species", "dna_barcode").rows() == [("Bradysia alba", None)]
    assert "no column of sequences (nuc, nucraw, nucleotides)" in caplog.text


@pytest.mark.parametrize(
    ("block", "piece"), [(1, 1), (100, 1000), (bold.BLOCK, 1), (bold.BLOCK, bold.PIECE)]
)
def test_quotation_marks_are_text_and_every_row_is_accounted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, piece: int
):
    monkeypatch.setattr(bold, "BLOCK", block)
    monkeypatch.setattr(bold, "PIECE", piece)
    first = BCDM | {"province/state": '"near the "old" bridge'}
    path = export(tmp_path / "a.tsv", first, *(BCDM | {"processid": f"FLY{n}"} for n in "23"))
    good = path.read_text().splitlines()
    broken = good[1].replace("FLY1-21", "FLY4").split("\t")
    lines = [
        *good,
        "\t".join(broken[:9]), "\t".join(broken[9:]),  # a line end within a field
        "", "\r",
        "\t".join([*broken, "more"]),
        good[0],  # a second export behind the first
        "\t".join(broken).replace("Atlantis", "plot 5\" east\x0b"),
    ]  # fmt: skip
    path.write_text("\n".join(lines), newline="")  # and no line end behind the last
    records, quarantined, notes = read(path)
    assert records["processid"].to_list() == ["FLY1-21", "FLY2", "FLY3", "FLY4"]
    assert records["province_state"][0] == '"near the "old" bridge'
    assert records["country"][3] == 'plot 5" east\x0b'
    assert quarantined == [
        (None, f"row {row} has {fields} fields, not 20")
        for row, fields in ((5, 9), (6, 11), (9, 21))
    ]
    assert sorted(notes) == [(SECOND_HEADER, "", "", 1), (EMPTY_ROW, "", "", 2)]


def test_bytes_that_are_not_utf8_matter_where_they_are_read(tmp_path: Path):
    rows = [BCDM, BCDM | {"processid": "B", "country/ocean": "é"}, BCDM | {"collectors": "é"}]
    path = export(tmp_path / "a.tsv", *rows)
    path.write_bytes(path.read_text().encode("latin-1"))
    records, quarantined, _ = read(path)
    assert records["processid"].to_list() == ["FLY1-21"]
    assert quarantined == [("B", "row 3: holds a NUL byte, or bytes that are not UTF-8")]


def packed(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def tarred(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(f"package/{name.replace('__', '.')}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("kind", ["gz", "zip", "tar.gz"])
def test_a_compressed_export_is_the_same(tmp_path: Path, kind: str):
    plain = export(tmp_path / "a.tsv", BCDM, BCDM | {"processid": "FLY2-21"})
    other = {"BOLD_Public__datapackage__json": b"{}", "BOLD_Public__tsv": plain.read_bytes()}
    path = tmp_path / f"BOLD_Public.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif kind == "zip":
        packed(path, **other, __hidden__tsv=b"")
    else:
        tarred(path, **other)
    assert read(path)[0].equals(read(plain)[0])


def test_a_package_with_no_or_several_tables_is_refused(tmp_path: Path):
    path = packed(tmp_path / "a.zip", datapackage__json=b"{}")
    assert refused(path) == "expected one file .tsv or .txt in it, found 'datapackage.json'"
    path = packed(tmp_path / "a.zip", a__tsv=b"", b__tsv=b"")
    assert refused(path) == "expected one file .tsv or .txt in it, found 'a.tsv', 'b.tsv'"
    path = tarred(tmp_path / "a.tar.gz", datapackage__json=b"{}")
    assert refused(path).startswith("expected one file .tsv or .txt in it, found")


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_damaged_package_is_refused(tmp_path: Path, kind: str):
    rows = [BCDM | {"processid": f"F{number}"} for number in range(50)]
    data = export(tmp_path / "a.tsv", *rows).read_bytes()
    path = tmp_path / f"a.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(data)[:-20])
    else:
        whole = packed(path, a__tsv=data).read_bytes()
        path.write_bytes(whole[:80] + bytes([whole[80] ^ 255]) + whole[81:])
    assert refused(path).startswith("damaged, cut off or encrypted (")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an export of BOLD is separated by tabs; its first line is ''"),
        (
            "processid,nuc\nA,ACGT\n",
            "an export of BOLD is separated by tabs; its first line is 'processid,nuc'",
        ),
        (
            "id\tsequence\nA\tACGT\n",
            "an export of BOLD has a column processid, this has id, sequence; a table of your own "
            "needs the format 'folder'",
        ),
        (
            "processid\tnuc\rA\tACGT\r",
            "its lines end with CR alone, as of an old Macintosh; save it with LF",
        ),
        (
            '"processid"\t"nuc"\n"A"\t"ACGT"\n',
            "its header is in quotation marks, which an export of BOLD has not; take the export as "
            "BOLD gives it, or the format 'folder' for a table of your own",
        ),
        ("processid\tnuc\tnuc\nA\tA\tA\n", "column(s) given more than once: nuc"),
        (
            "processid\tnuc\tcoord\nA\tACGT\t\nB\tAC",
            "the last row (3) has 2 of 3 fields; is the file cut off?",
        ),
    ],
)
def test_another_table_is_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "a.tsv").write_text(text, newline="")
    assert refused(tmp_path / "a.tsv") == message


def test_a_missing_file_is_named(tmp_path: Path):
    assert refused(tmp_path / "none.tsv") == "no such file"


def test_an_export_without_rows_has_no_records(tmp_path: Path):
    path = export(tmp_path / "a.tsv", BCDM)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert read(path)[0].height == 0


def test_photographs_are_found_by_processid_or_sampleid(tmp_path: Path):
    rows = [BCDM | {"processid": f"P{n}", "sampleid": f"S{n}"} for n in range(4)]
    path = export(tmp_path / "a.tsv", *rows)
    records, *_ = read(path, "P0.1024px.jpg", "S2.tif", "P3.jpg", "S3.jpg", "other.jpg")
    assert records["image_file"].to_list() == ["P0.1024px.jpg", None, "S2.tif", "P3.jpg"]
