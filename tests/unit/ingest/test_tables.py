"""Published tables are read as they are written, and tables of another kind are refused."""

import logging
import zipfile
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.published import BIOSCAN5M_MEMBER
from bioscan.core.records import RANKS, SCHEMA
from bioscan.ingest.notes import Notes
from bioscan.ingest.tables import read_bioscan1m, read_bioscan5m, read_folder
from bioscan.simulate.community import Community
from bioscan.simulate.metadata import write_bioscan1m, write_bioscan5m
from bioscan.simulate.records import simulate
from tests.unit.ingest.published_rows import (
    ROW_1M,
    ROW_5M,
    as_published,
    ingest,
    ingest_1m,
    ingest_5m,
    refused,
    written,
    zipped,
)

COMMUNITY = Community(specimens=400, seed=3, species=40, labelled={"genus": 0.6, "species": 0.4})


# ---- simulated, written as published, and read back


def test_a_simulated_1m_is_read_back_unchanged(tmp_path: Path):
    frame = pl.concat(simulate(COMMUNITY, "bioscan1m"))
    write_bioscan1m([frame], tmp_path / "a.tsv", tmp_path / "truth.parquet")
    records, quarantined, total = ingest(read_bioscan1m(tmp_path / "a.tsv"), tmp_path)
    assert (quarantined, total) == ([], 400)
    for column in SCHEMA:
        assert records[column].equals(frame[column]), column


def test_a_simulated_5m_is_read_back_unchanged(tmp_path: Path):
    frame = pl.concat(simulate(COMMUNITY, "bioscan5m"))
    write_bioscan5m([frame], tmp_path / "a.zip", tmp_path / "truth.parquet")
    records, quarantined, total = ingest(read_bioscan5m(tmp_path / "a.zip"), tmp_path)
    assert (quarantined, total) == ([], 400)
    # Images are named after processids; a split without chunks has an empty chunk.
    frame = frame.with_columns(
        image_file=pl.col("processid") + ".jpg", chunk=pl.col("chunk").fill_null("")
    )
    for column in SCHEMA:
        assert records[column].equals(frame[column]), column


# ---- values and rows


def test_the_sentinels_of_1m_become_null(tmp_path: Path):
    row = ingest_1m(tmp_path, ROW_1M)[0].row(0, named=True)
    known = {
        "sampleid": "BIOUG1-A01", "processid": "A1", "dna_bin": "BOLD:AAA0001",
        "taxon": "Diptera", "phylum": "Arthropoda", "class": "Insecta", "order": "Diptera",
        "dna_barcode": "ACGT", "image_file": "5351601.jpg", "image_part": 113,
        "large_insect_order": "validation", "inferred_ranks": 0,
    }  # fmt: skip
    assert row == dict.fromkeys(SCHEMA) | known


def test_empty_values_of_5m_become_null(tmp_path: Path):
    row = ingest_5m(tmp_path, ROW_5M)[0].row(0, named=True)
    assert row["species"] is None
    assert row["coord-lon"] is None
    assert row["dna_barcode"] is None


def test_a_chunk_is_text(tmp_path: Path):
    rows = [ROW_5M | {"processid": f"A{c}", "chunk": c} for c in ("00", "0e", "11", "")]
    assert ingest_5m(tmp_path, *rows)[0]["chunk"].to_list() == ["00", "0e", "11", ""]


def test_an_index_that_went_through_pandas_is_a_whole_number(tmp_path: Path):
    rows = [
        ROW_5M | {"processid": f"A{i}", "index_bioscan_1M_insect": i} for i in ("10.0", "7", "")
    ]
    records, quarantined, _ = ingest_5m(tmp_path, *rows)
    assert records["index_bioscan_1M_insect"].to_list() == [10, 7, None]
    assert quarantined == []


def test_columns_may_have_another_order_and_further_ones_between(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    row = dict(reversed(ROW_5M.items())) | {"comment": "new in the next release"}
    with caplog.at_level(logging.INFO):
        records, *_ = ingest_5m(tmp_path, row)
    assert caplog.messages == [f"{tmp_path / 'a.zip'}: columns that are not used: comment"]
    assert records.row(0) == ingest_5m(tmp_path, ROW_5M)[0].row(0)


def test_a_row_of_another_length_is_quarantined(tmp_path: Path):
    path = written(tmp_path / "a.csv", ROW_5M)
    row = path.read_text().splitlines()[1]
    path.write_text(f"{path.read_text()}A2,x\n{row},,\nA3{row[2:]}\n")
    records, quarantined, total = ingest(read_bioscan5m(as_published(path)), tmp_path)
    assert records["processid"].to_list() == ["A1", "A3"]
    assert quarantined == [
        (None, "row 3 has 2 fields, not 23"),
        (None, "row 4 has 25 fields, not 23"),
    ]
    assert total == 4


def test_a_row_that_is_not_utf8_is_quarantined(tmp_path: Path):
    path = written(tmp_path / "a.csv", ROW_5M, ROW_5M | {"processid": "A2", "country": "Curaçao"})
    path.write_bytes(path.read_text().encode("latin-1"))
    records, quarantined, _ = ingest(read_bioscan5m(as_published(path)), tmp_path)
    assert records["processid"].to_list() == ["A1"]
    assert quarantined == [("A2", "row 3: holds a NUL byte, or bytes that are not UTF-8")]


# ---- tables that cannot be used


@pytest.mark.parametrize("missing", ["processid", "dna_barcode", "chunk"])
def test_a_missing_column_of_5m_is_named(tmp_path: Path, missing: str):
    row = {k: v for k, v in ROW_5M.items() if k != missing}
    path = as_published(written(tmp_path / "a.csv", row))
    assert refused(tmp_path, read_bioscan5m(path)) == f"{path}: missing column(s): {missing}"


@pytest.mark.parametrize("missing", ["processid", "nucraw", "chunk_number", "tribe"])
def test_a_missing_column_of_1m_is_named(tmp_path: Path, missing: str):
    row = {k: v for k, v in ROW_1M.items() if k != missing}
    path = written(tmp_path / "a.tsv", row, separator="\t")
    assert refused(tmp_path, read_bioscan1m(path)) == f"{path}: missing column(s): {missing}"


def test_a_comma_separated_1m_lacks_its_columns(tmp_path: Path):
    message = refused(tmp_path, read_bioscan1m(written(tmp_path / "a.tsv", ROW_1M)))
    assert "missing column(s): sampleid, processid" in message


def test_a_1m_given_as_5m_is_named(tmp_path: Path):
    path = written(tmp_path / "a.tsv", ROW_1M, separator="\t")
    assert refused(tmp_path, read_bioscan5m(path)) == (
        f"{path}: is the table of BIOSCAN-1M; expected the metadata zip of BIOSCAN-5M"
    )


def test_a_5m_given_as_1m_is_named(tmp_path: Path):
    path = written(tmp_path / "a.csv", ROW_5M)
    assert refused(tmp_path, read_bioscan1m(path)) == (
        f"{path}: is the table of BIOSCAN-5M; expected that of BIOSCAN-1M"
    )
    path = as_published(path)
    assert refused(tmp_path, read_bioscan1m(path)) == (
        f"{path}: is a zip; expected the TSV of BIOSCAN-1M"
    )


def test_a_file_cut_within_a_row_is_refused(tmp_path: Path):
    path = written(tmp_path / "a.tsv", ROW_1M, separator="\t")
    path.write_text(path.read_text() + "BIOUG1-A02\tA2\tBOLD:")
    assert refused(tmp_path, read_bioscan1m(path)) == (
        f"{path}: the last row (3) has 3 of {len(ROW_1M)} fields; is the file cut off?"
    )


def test_text_in_utf8_is_kept(tmp_path: Path):
    assert ingest_5m(tmp_path, ROW_5M | {"country": "Curaçao"})[0]["country"].item() == "Curaçao"


@pytest.mark.parametrize("reader", [read_bioscan1m, read_bioscan5m])
def test_an_empty_or_absent_file_is_named(tmp_path: Path, reader):
    assert refused(tmp_path, reader(tmp_path / "none.csv")).endswith("none.csv: no such file")
    (tmp_path / "empty.csv").touch()
    assert "empty.csv: " in refused(tmp_path, reader(tmp_path / "empty.csv"))


def test_a_table_without_rows_is_a_table(tmp_path: Path):
    path = written(tmp_path / "a.csv", ROW_5M)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    records, quarantined, total = ingest(read_bioscan5m(as_published(path)), tmp_path)
    assert (records.height, quarantined, total) == (0, [], 0)


# ---- the 5M metadata zip

OTHERS = ("bioscan5m/metadata/json_ld/a.json", "bioscan5m/metadata/readme.csv")


def test_the_csv_is_found_among_other_members(tmp_path: Path):
    table = written(tmp_path / "a.csv", ROW_5M).read_bytes()
    path = zipped(tmp_path / "a.zip", *OTHERS, BIOSCAN5M_MEMBER, data=table)
    assert ingest(read_bioscan5m(path), tmp_path)[0]["processid"].to_list() == ["A1"]


@pytest.mark.parametrize(
    ("members", "count"),
    [(OTHERS, 0), ((BIOSCAN5M_MEMBER, "bioscan5m/metadata/csv/b.csv"), 2)],
)
def test_a_zip_with_another_number_of_tables_is_refused(
    tmp_path: Path, members: tuple[str, ...], count: int
):
    path = zipped(tmp_path / "a.zip", *members, data=b"processid\n")
    assert refused(tmp_path, read_bioscan5m(path)) == (
        f"{path}: expected one CSV in bioscan5m/metadata/csv/, found {count}"
    )


def damaged(path: Path, kind: str) -> Path:
    """A zip with a fault of some kind."""
    method = zipfile.ZIP_STORED if kind == "damaged text" else zipfile.ZIP_DEFLATED
    rows = [ROW_5M | {"processid": f"A{n}"} for n in range(5000)]
    table = written(path.with_suffix(".csv"), *rows).read_bytes()
    data = bytearray(zipped(path, BIOSCAN5M_MEMBER, data=table, method=method).read_bytes())
    start = 30 + len(BIOSCAN5M_MEMBER)
    if kind == "truncated":
        data = data[: len(data) // 2]
    elif kind == "text":
        data = b"processid\n"
    elif kind == "damaged stream":
        data[start] = 0b111  # a block of an undefined type
    elif kind == "damaged text":
        at = data.rindex(b"Diptera")
        data[at : at + 7] = b"Dipteri"
    elif kind == "wrong checksum":
        at = data.index(b"PK\x01\x02") + 16
        data[at : at + 4] = b"\x00" * 4
    elif kind == "encrypted":
        for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(header) + flags] |= 1
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "kind",
    ["truncated", "text", "damaged stream", "damaged text", "wrong checksum", "encrypted"],
)
def test_a_broken_zip_is_named(tmp_path: Path, kind: str):
    path = damaged(tmp_path / "a.zip", kind)
    assert refused(tmp_path, read_bioscan5m(path)).startswith(f"{path}: not a readable zip")


def test_a_csv_that_was_taken_out_of_the_zip_is_read(tmp_path: Path):
    path = written(tmp_path / "a.csv", ROW_5M)
    expected = ingest(read_bioscan5m(as_published(path)), tmp_path)[0]
    assert ingest(read_bioscan5m(path), tmp_path)[0].equals(expected)
    indexed = written(tmp_path / "b.csv", {"": "0", **ROW_5M})  # by pandas
    assert ingest(read_bioscan5m(indexed), tmp_path)[0].equals(expected)


# ---- published tables that were saved again


def test_marks_in_the_table_of_1m_are_text(tmp_path: Path):
    cells = ["x", '"Salween River" Aqua', '"old', "x", 'the bridge"', '5" pan', "x", '"']
    rows = [ROW_1M | {"processid": f"A{n}", "site": cell} for n, cell in enumerate(cells)]
    table = "\n".join("\t".join(row) for row in ([*rows[0]], *(row.values() for row in rows)))
    (tmp_path / "a.tsv").write_text(table + "\n")
    records, quarantined, total = ingest(read_bioscan1m(tmp_path / "a.tsv"), tmp_path)
    assert records["processid"].to_list() == [f"A{n}" for n in range(8)]
    assert (quarantined, total) == ([], 8)


def test_a_table_of_1m_with_all_in_marks_is_read_without_them(tmp_path: Path):
    rows = [ROW_1M, ROW_1M | {"processid": "A2"}]
    table = "\n".join(
        "\t".join(f'"{cell}"' for cell in row) for row in ([*ROW_1M], *(r.values() for r in rows))
    )
    (tmp_path / "a.tsv").write_text(table + "\n")
    records, *_ = ingest(read_bioscan1m(tmp_path / "a.tsv"), tmp_path)
    assert records.equals(ingest_1m(tmp_path, *rows)[0])


@pytest.mark.parametrize("word", ["None", "nan", "NULL"])
def test_a_word_of_a_program_for_missing_is_kept_as_a_label_and_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, word: str
):
    notes = Notes()
    rows = [ROW_1M | {"processid": f"A{n}", "subfamily": word} for n in range(3)]
    path = written(tmp_path / "a.tsv", *rows, separator="\t")
    records, *_ = ingest(read_bioscan1m(path, notes), tmp_path)
    assert records["subfamily"].to_list() == [word] * 3
    assert notes.table().rows() == [("kept as a label", "subfamily", word, 3)]
    assert f"subfamily is {word!r} in 3 rows" in caplog.text


def test_a_chunk_that_went_through_pandas_is_the_name_of_a_folder_again(tmp_path: Path):
    rows = [
        ROW_5M | {"processid": f"A{n}", "split": split, "chunk": chunk}
        for n, (split, chunk) in enumerate([("pretrain", "0.0"), ("train", "3.0"), ("val", "")])
    ]
    notes = Notes()
    path = as_published(written(tmp_path / "a.csv", *rows))
    records, *_ = ingest(read_bioscan5m(path, notes), tmp_path)
    assert records["chunk"].to_list() == ["00", "3", ""]
    assert notes.table()["count"].to_list() == [2]


# ---- a folder of images

IMAGES = ["A1.jpg", "A2.1024px.jpg", "A3.x.png"]


def test_a_folder_without_a_table_has_unlabelled_records(tmp_path: Path):
    records, quarantined, total = ingest(read_folder(IMAGES, None, [], Notes()), tmp_path)
    assert records.select("processid", "image_file").rows() == [
        ("A1", "A1.jpg"),
        ("A2", "A2.1024px.jpg"),
        ("A3.x", "A3.x.png"),
    ]
    assert records.select(RANKS).null_count().row(0) == (3,) * 7
    assert (quarantined, total) == ([], 3)


def test_a_table_by_processid_labels_the_images_that_it_names(tmp_path: Path):
    table = written(
        tmp_path / "t.csv",
        {"processid": "A2", "order": "Diptera", "coord-lat": "1.5"},
        {"processid": "other", "order": "Coleoptera", "coord-lat": ""},
    )
    records, *_ = ingest(read_folder(IMAGES, table, [], Notes()), tmp_path)
    assert records.select("processid", "image_file", "order", "taxon", "coord-lat").rows() == [
        ("A1", "A1.jpg", None, None, None),
        ("A2", "A2.1024px.jpg", "Diptera", "Diptera", 1.5),
        ("A3.x", "A3.x.png", None, None, None),
        ("other", None, "Coleoptera", "Coleoptera", None),  # without an image
    ]


def test_a_table_by_image_file_labels_the_images_that_it_names(tmp_path: Path):
    table = written(tmp_path / "t.csv", {"image_file": "A3.x.png", "order": "Diptera"})
    records, *_ = ingest(read_folder(IMAGES, table, [], Notes()), tmp_path)
    assert records["order"].to_list() == [None, None, "Diptera"]
    assert records["processid"].to_list() == ["A1", "A2", "A3.x"]


def test_a_table_with_both_keys_matches_files_and_gives_its_own_processids(tmp_path: Path):
    table = written(
        tmp_path / "t.csv", {"processid": "P-7", "image_file": "A1.jpg", "order": "Diptera"}
    )
    records, *_ = ingest(read_folder(IMAGES, table, [], Notes()), tmp_path)
    assert records["processid"].to_list() == ["P-7", "A2", "A3.x"]
    assert records["order"].to_list() == ["Diptera", None, None]


def test_a_specimen_that_the_table_repeats_is_kept_once(tmp_path: Path):
    table = written(
        tmp_path / "t.csv",
        {"processid": "A1", "order": "Diptera"},
        {"processid": "A1", "order": "Coleoptera"},
    )
    records, quarantined, _ = ingest(read_folder(IMAGES, table, [], Notes()), tmp_path)
    assert records["order"].to_list() == ["Diptera", None, None]
    assert quarantined == [("A1", "row 3: processid occurs in row 2 too")]


def test_the_second_image_of_a_specimen_is_quarantined(tmp_path: Path):
    records, quarantined, _ = ingest(read_folder(["A1.jpg", "A1.png"], None, [], Notes()), tmp_path)
    assert records["image_file"].to_list() == ["A1.jpg"]
    assert quarantined == [("A1.png", "A1.jpg has the same name")]


def test_a_name_in_any_script_is_safe(tmp_path: Path):
    names = ["älg.jpg", "my moth (1).jpg"]
    records, quarantined, _ = ingest(read_folder(names, None, [], Notes()), tmp_path)
    assert records["processid"].to_list() == ["älg", "my moth (1)"]
    assert quarantined == []


def test_a_broken_row_of_an_own_table_is_quarantined(tmp_path: Path):
    table = tmp_path / "t.csv"
    table.write_text("processid,order\nA1\nA2,Diptera\n\n")
    records, quarantined, total = ingest(read_folder(IMAGES, table, [], Notes()), tmp_path)
    assert records["order"].to_list() == [None, "Diptera", None]
    assert quarantined == [(None, "row 2 has 1 fields, not 2")]
    assert total == 4


def test_words_for_missing_and_other_names_are_read_in_a_table_of_ones_own(tmp_path: Path):
    notes = Notes()
    rows = {"catalogNumber": "A1", "Order": "NA", "decimalLatitude": "1,5"}
    table = written(tmp_path / "t.csv", rows, separator=";")
    records, *_ = ingest(read_folder(IMAGES, table, ["na"], notes), tmp_path)
    assert records.select("processid", "order", "coord-lat").row(0) == ("A1", None, 1.5)
    assert ("taken as missing", "order", "NA", 1) in notes.table().rows()


def test_the_reason_of_a_row_has_its_number_in_the_table(tmp_path: Path):
    table = written(
        tmp_path / "t.csv",
        {"processid": "A1", "coord-lat": "1"},
        {"processid": "A2", "coord-lat": "north"},
    )
    _, quarantined, _ = ingest(read_folder(IMAGES, table, [], Notes()), tmp_path)
    assert quarantined == [("A2", "row 3: coord-lat: 'north' is not a valid number")]
