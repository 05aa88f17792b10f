"""Records are checked and typed; unusable rows are quarantined with their reason."""

from pathlib import Path

import polars as pl
import pytest

from bioscan.ingest.notes import Notes
from bioscan.ingest.records import SHORT_BARCODE, write_records
from bioscan.ingest.repeats import FURTHER_ROWS
from bioscan.ingest.tables import read_bioscan1m, read_bioscan5m
from tests.unit.ingest.published_rows import (
    ROW_1M,
    ROW_5M,
    as_published,
    ingest,
    ingest_1m,
    ingest_5m,
    refused,
    written,
)


def test_the_taxon_is_derived_from_the_labels(tmp_path: Path):
    records, *_ = ingest_5m(tmp_path, ROW_5M | {"taxon": "stale", "family": "Sciaridae"})
    assert records["taxon"].to_list() == ["Sciaridae"]


def test_a_label_of_spaces_is_missing_and_other_labels_stay(tmp_path: Path):
    row = ROW_5M | {"genus": " \t", "species": " Sciara  militaris"}
    records, quarantined, _ = ingest_5m(tmp_path, row)
    assert records.select("genus", "species", "taxon").row(0) == (None, *[row["species"]] * 2)
    assert quarantined == []


def test_a_barcode_may_have_ambiguous_bases_gaps_and_small_letters(tmp_path: Path):
    records, quarantined, _ = ingest_5m(tmp_path, ROW_5M | {"dna_barcode": "acgtN-RYSWKMBDHVn"})
    assert records["dna_barcode"].to_list() == ["ACGTN-RYSWKMBDHVN"]
    assert quarantined == []


def test_the_poles_and_the_date_line_are_valid_places(tmp_path: Path):
    records, quarantined, _ = ingest_5m(tmp_path, ROW_5M | {"coord-lat": "-90", "coord-lon": "180"})
    assert records.select("coord-lat", "coord-lon").row(0) == (-90, 180)
    assert quarantined == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"processid": ""}, "no processid"),
        ({"processid": "../x"}, "processid is no safe file name"),
        ({"processid": "a/b"}, "processid is no safe file name"),
        ({"processid": "a\\b"}, "processid is no safe file name"),
        ({"processid": ".."}, "processid is no safe file name"),
        ({"processid": "/etc"}, "processid is no safe file name"),
        ({"processid": "-rf"}, "processid is no safe file name"),
        ({"processid": "A\n1"}, "processid is no safe file name"),
        ({"processid": "A1\n"}, "processid has spaces around it"),
        ({"processid": " A1"}, "processid has spaces around it"),
        ({"processid": "A1\0"}, "holds a NUL byte, or bytes that are not UTF-8"),
        ({"species": "Sciara\0"}, "holds a NUL byte, or bytes that are not UTF-8"),
        ({"dna_barcode": "AC!\0"}, "holds a NUL byte, or bytes that are not UTF-8"),
        ({"dna_barcode": "AC!GU"}, "dna_barcode: '!' is no nucleotide"),
        ({"dna_barcode": "ß"}, "dna_barcode: 'ß' is no nucleotide"),
        ({"coord-lat": "90.1"}, "coord-lat: '90.1' is not between -90 and 90"),
        ({"coord-lat": "-91"}, "coord-lat: '-91' is not between -90 and 90"),
        ({"coord-lon": "-180.5"}, "coord-lon: '-180.5' is not between -180 and 180"),
        ({"coord-lat": " 10.5"}, "coord-lat: ' 10.5' is not a valid number"),
        ({"coord-lat": "north"}, "coord-lat: 'north' is not a valid number"),
        ({"coord-lon": "nan"}, "coord-lon: 'nan' is not a valid number"),
        ({"area_fraction": "inf"}, "area_fraction: 'inf' is not a valid number"),
        ({"inferred_ranks": "-1"}, "inferred_ranks: '-1' is not a valid number"),
        ({"inferred_ranks": "256"}, "inferred_ranks: '256' is not a valid number"),
        (
            {"index_bioscan_1M_insect": "1.5"},
            "index_bioscan_1M_insect: '1.5' is not a valid number",
        ),
        ({"coord-lat": "1\n0\xa0\\"}, r"coord-lat: '1\n0\xa0\\' is not a valid number"),
        ({"inferred_ranks": ".0"}, "inferred_ranks: '.0' is not a valid number"),
    ],
)
def test_an_unusable_row_is_quarantined_with_its_reason(
    tmp_path: Path, change: dict[str, str], reason: str
):
    good = ROW_5M | {"processid": "GOOD"}
    records, quarantined, total = ingest_5m(tmp_path, ROW_5M | change, good)
    assert quarantined == [((ROW_5M | change)["processid"] or None, f"row 2: {reason}")]
    assert records["processid"].to_list() == ["GOOD"]
    assert total == 2


def test_a_whole_number_that_went_through_pandas_is_a_whole_number(tmp_path: Path):
    records, *_ = ingest_5m(
        tmp_path, ROW_5M | {"inferred_ranks": "2.0", "index_bioscan_1M_insect": "1001.0"}
    )
    assert records.select("inferred_ranks", "index_bioscan_1M_insect").row(0) == (2, 1001)
    records, *_ = ingest_1m(tmp_path, ROW_1M | {"chunk_number": "113.0"})
    assert records["image_part"].to_list() == [113]


def test_the_first_of_several_records_of_one_name_is_kept(tmp_path: Path):
    rows = [ROW_5M | {"processid": name, "sampleid": str(n)} for n, name in enumerate("ABABA")]
    records, quarantined, total = ingest_5m(tmp_path, *rows)
    assert records["sampleid"].to_list() == ["0", "1"]
    assert quarantined == [
        ("A", "row 4: processid occurs in row 2 too"),
        ("B", "row 5: processid occurs in row 3 too"),
        ("A", "row 6: processid occurs in row 2 too"),
    ]
    assert total == 5


def test_a_name_is_free_if_its_first_record_cannot_be_used(tmp_path: Path):
    records, quarantined, _ = ingest_5m(tmp_path, ROW_5M | {"coord-lat": "north"}, ROW_5M)
    assert records["processid"].to_list() == ["A1"]
    assert quarantined == [("A1", "row 2: coord-lat: 'north' is not a valid number")]


def test_rows_are_quarantined_in_their_order(tmp_path: Path):
    rows = [{"processid": "A"}, {"processid": "A"}, {"processid": ""}, {"processid": "A"}]
    _, quarantined, total = ingest_5m(tmp_path, *[ROW_5M | row for row in rows])
    assert [name for name, _ in quarantined] == ["A", None, "A"]
    assert total == 4


def test_repeated_records_are_left_out_of_every_batch(tmp_path: Path):
    batches = [pl.DataFrame({"processid": list(names)}) for names in ("ABC", "CDA", "", "DBE")]
    records, quarantined, total = ingest([b.cast(pl.String) for b in batches], tmp_path)
    assert records["processid"].to_list() == list("ABCDE")
    assert [name for name, _ in quarantined] == list("CADB")
    assert total == 9


def test_several_records_without_a_name_lack_a_name(tmp_path: Path):
    _, quarantined, _ = ingest_5m(tmp_path, *[ROW_5M | {"processid": ""}] * 2)
    assert quarantined == [(None, "row 2: no processid"), (None, "row 3: no processid")]


def specimens(*rows: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, ["processid", "dna_barcode"], orient="row").cast(pl.String)


def test_of_several_sequences_of_a_specimen_the_longest_is_kept_wherever_it_stands(tmp_path: Path):
    batches = [
        specimens(("A", "AC"), ("B", "ACG"), ("A", "ACGNNN"), ("C", None)),
        specimens(("C", "A"), ("D", "AC!")),
        specimens(("D", "T"), ("B", "AC"), ("A", "CGT"), ("E", None), ("E", None)),
    ]
    notes = Notes()
    path = tmp_path / "raw.parquet"
    quarantined, total = write_records(batches, Path("source"), path, notes, keep="longest")
    kept = pl.read_parquet(path, columns=["processid", "dna_barcode"])
    # A's two sequences of three letters are equally good: the first stays.
    assert kept.sort("processid").rows() == [
        ("A", "ACGNNN"), ("B", "ACG"), ("C", "A"), ("D", "T"), ("E", None)
    ]  # fmt: skip
    assert quarantined.rows() == [("D", "dna_barcode: '!' is no nucleotide")]
    assert notes.table().rows() == [(FURTHER_ROWS, "processid", "", 5)]
    assert total == 11


def test_short_barcodes_are_counted_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    batch = specimens(("A", "ACGTN"), ("B", "ACG"), ("B", "A"), ("C", "NN-"), ("D", None))
    notes = Notes()
    path = tmp_path / "raw.parquet"
    write_records([batch], Path("a.csv"), path, notes, min_barcode_letters=4)
    # The second row of B is quarantined, and counts as such.
    assert notes.table().rows() == [(SHORT_BARCODE.format(4), "dna_barcode", "", 2)]
    assert caplog.messages == [
        "a.csv: 2 barcode(s) with fewer than 4 letters A, C, G, T are kept, but never compared "
        "with others (min_barcode_letters)"
    ]
    assert pl.read_parquet(path)["dna_barcode"].to_list() == ["ACGTN", "ACG", "NN-", None]


@pytest.mark.parametrize(("column", "value"), [("split", "trian"), ("split", "validation")])
def test_an_unknown_split_is_one_line(tmp_path: Path, column: str, value: str):
    rows = ROW_5M, ROW_5M | {"processid": "A2", column: value}
    table = read_bioscan5m(as_published(written(tmp_path / "a.csv", *rows)))
    assert refused(tmp_path, table) == (
        f"the source: unknown split '{value}' in column split (record A2); expected one of "
        "pretrain, train, val, test, key_unseen, val_unseen, test_unseen, other_heldout"
    )


def test_an_unknown_role_in_an_experiment_is_one_line(tmp_path: Path):
    row = ROW_1M | {"small_diptera_family": "val"}
    table = read_bioscan1m(written(tmp_path / "a.tsv", row, separator="\t"))
    assert refused(tmp_path, table) == (
        "the source: unknown split 'val' in column small_diptera_family (record A1); "
        "expected one of train, validation, test"
    )


def test_a_temporary_file_of_a_killed_run_is_removed(tmp_path: Path):
    leftover = tmp_path / "out" / ".raw.parquet.abcdefgh.partial"
    leftover.parent.mkdir()
    leftover.touch()
    ingest_5m(tmp_path, ROW_5M)
    assert not leftover.exists()
