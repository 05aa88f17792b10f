"""Barcodes that look wrong."""

import polars as pl
import pytest

from bioscan.barcode.quality import (
    LABELS,
    count_labels,
    examine,
    label,
    read_barcodes,
    reading_frame,
)
from bioscan.core.columns import Columns, reverse_complement
from tests.unit.configs import ARTEFACTS
from tests.unit.mitochondria import Barcodes


@pytest.fixture(scope="module")
def barcodes() -> list[str]:
    return [one for species in Barcodes(codons=200).family(5, 3) for one in species]


@pytest.fixture(scope="module")
def columns(barcodes) -> Columns:
    return Columns(barcodes)


def examined(columns: Columns, sequence: str) -> dict:
    return examine(pl.Series([sequence]), columns).to_dicts()[0]


def test_a_sound_barcode_has_no_fault(columns, barcodes):
    found = examined(columns, barcodes[0])
    assert found["share"] > 0.8
    del found["sequence"], found["share"]
    assert found == {
        "letters": 600,
        "unknown": 0,
        "reverse": False,
        "stop_codons": 0,
        "frameshift": False,
    }


@pytest.mark.parametrize("lead", [0, 1, 2])
def test_the_reading_frame_is_that_of_fewest_stop_codons(barcodes, lead):
    moved = Columns([barcode[3 - lead : 597] for barcode in barcodes])
    assert reading_frame(moved) == lead
    stopped = barcodes[0][3 - lead : 300] + "TAATAG" + barcodes[0][306:597]
    assert examined(moved, stopped)["stop_codons"] == 2


@pytest.mark.parametrize("codon", ["TGA", "AGA", "AGG", "NAA", "TRA"])
def test_codons_that_do_not_surely_stop_in_insect_mitochondria_are_none(columns, barcodes, codon):
    sequence = barcodes[0][:300] + codon + barcodes[0][303:]
    assert examined(columns, sequence)["stop_codons"] == 0


def test_unknown_letters_are_counted_between_the_first_and_last_known_one(columns, barcodes):
    found = examined(columns, "NNN" + barcodes[0][3:200] + "NRY" + barcodes[0][203:])
    assert (found["letters"], found["unknown"]) == (594, 3)


def test_the_other_strand_is_told_and_read_in_its_own_frame(columns, barcodes):
    found = examined(columns, reverse_complement(barcodes[0]))
    assert (found["reverse"], found["stop_codons"]) == (True, 0)


@pytest.mark.parametrize(("lost", "shifted"), [(1, True), (3, False)])
def test_a_frameshift_is_a_gap_of_no_whole_codons(columns, barcodes, lost, shifted):
    sequence = barcodes[0][:300] + barcodes[0][300 + lost :]
    assert examined(columns, sequence)["frameshift"] == shifted


def test_another_marker_has_no_frame_and_no_strand(columns):
    other = "".join(Barcodes(9).random.choice(list("ACGT"), 500))
    found = examined(columns, other)
    assert (found["reverse"], found["stop_codons"], found["frameshift"]) == (None, None, None)


def records(*barcodes: str | None) -> pl.LazyFrame:
    names = [f"P{place}" for place in range(len(barcodes))]
    others = dict.fromkeys(("dna_bin", "order", "family", "genus", "species"), [None] * len(names))
    strings = dict.fromkeys(("processid", "dna_barcode", *others), pl.String)
    table = {"processid": names, "dna_barcode": list(barcodes), **others}
    return pl.DataFrame(table, strings).lazy()


def test_letters_of_no_nucleotide_are_a_share_of_what_was_read():
    read = read_barcodes(records("ACGTN-acgu", "MFSTNHKDIGTLYFI", None, "NNNN", "ACGX"))
    assert read["processid"].to_list() == ["P0", "P1", "P4"]
    shares = read["foreign"].to_list()
    # Of MFSTNHKDIGTLYFI without N: F, I, L, F, I stand for no nucleotide.
    assert shares == pytest.approx([0, 5 / 14, 1 / 4])


SOUND = {
    "processid": "P",
    "foreign": 0.0,
    "letters": 600,
    "unknown": 0,
    "reverse": False,
    "stop_codons": 0,
    "frameshift": False,
    "conflict": None,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"foreign": 0.3, "reverse": None}, "not DNA; unlike the others"),
        ({"reverse": True}, "reverse complement"),
        ({"conflict": "order"}, "neighbours of another order"),
        ({"conflict": "family", "stop_codons": 1}, "neighbours of another family; stop codons"),
        ({"frameshift": True}, "frameshift"),
        ({"letters": 499}, "short"),
        ({"letters": 500}, None),
        ({"unknown": 6}, None),
        ({"unknown": 7}, "unknown letters"),
    ],
)
def test_labels_are_given(changed, expected):
    columns = {"conflict": pl.String, "reverse": pl.Boolean}
    table = pl.DataFrame([SOUND | changed], schema_overrides=columns)
    assert label(table)["labels"].to_list() == [expected]


def test_n_at_the_ends_are_no_unknown_letters_and_the_page_says_so(columns, barcodes):
    unread = "N" * 30
    found = examine(pl.Series([unread + barcodes[0][30:570] + unread]), columns)
    given = label(found.with_columns(foreign=0.0, conflict=pl.lit(None, pl.String)))
    assert given["unknown"].item() == 0 and given["labels"].item() is None
    assert "without the N at its two ends" in ARTEFACTS["barcode_quality"].note


def test_labels_are_counted_with_the_sound_ones_and_those_without_a_barcode():
    labelled = pl.DataFrame(
        {"labels": ["short; unknown letters", "short", None]}, {"labels": pl.String}
    )
    counts = count_labels(labelled, records=5)
    assert counts["label"].to_list() == [*LABELS, "none of these", "no barcode"]
    assert dict(counts.filter(pl.col("records") > 0).select("label", "records").iter_rows()) == {
        "short": 2,
        "unknown letters": 1,
        "none of these": 1,
        "no barcode": 2,
    }
    assert counts.filter(label="short")["percent"].item() == 40
