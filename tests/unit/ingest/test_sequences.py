"""Barcodes are read as they are written by people, and nothing of them is lost in silence."""

import polars as pl
import pytest

from bioscan.ingest import sequences
from bioscan.ingest.notes import Notes
from bioscan.ingest.sequences import CAPITALS, U_AS_T, WITHOUT_BLANKS, WITHOUT_HEADER, tidy_barcodes


def tidied(*barcodes: str | None) -> tuple[pl.DataFrame, dict[str, int]]:
    notes = Notes()
    rows = pl.DataFrame({"dna_barcode": barcodes}, schema={"dna_barcode": pl.String})
    frame = tidy_barcodes(rows, notes)
    assert frame.height == len(barcodes)
    return frame, dict(notes.table().select("what", "count").iter_rows())


@pytest.mark.parametrize(
    ("written", "read", "noted"),
    [
        ("ACGTNRYSWKMBDHV-", "ACGTNRYSWKMBDHV-", set()),
        ("ACG\nTTT\r\nGG ", "ACGTTTGG", {WITHOUT_BLANKS}),
        ("\ufeff AC\u00a0GT\u200b\t", "ACGT", {WITHOUT_BLANKS}),
        ("ACGU", "ACGT", {U_AS_T}),
        ("acgn-", "ACGN-", {CAPITALS}),
        ("ac gu", "ACGT", {WITHOUT_BLANKS, CAPITALS, U_AS_T}),
        (">fly1 COI-5P\nACGT", "ACGT", {WITHOUT_HEADER}),
        ("\n>fly1|COI\r\nAC\r\nGT", "ACGT", {WITHOUT_HEADER, WITHOUT_BLANKS}),
        (" \n", None, {WITHOUT_BLANKS}),
        (None, None, set()),
    ],
)
def test_a_sequence_is_read_without_white_space_in_capitals_with_t_for_u(
    written: str | None, read: str | None, noted: set[str]
):
    frame, notes = tidied("ACGT", written, "NNACGTN")
    assert frame["dna_barcode"].to_list() == ["ACGT", read, "NNACGTN"]
    assert frame["no_nucleotide"].to_list() == [None] * 3
    assert notes == dict.fromkeys(noted, 1)


@pytest.mark.parametrize(
    ("written", "letter"),
    [
        ("AC!GT", "!"),
        ("acu1", "1"),
        (">fly ACGT", ">"),
        (">a\nAC\n>b\nGT", ">"),
        ("ß", "ß"),
        ("ACſT", "ſ"),
        ("AC*", "*"),
    ],
)
def test_the_first_letter_that_is_no_nucleotide_is_named(written: str, letter: str):
    frame, notes = tidied("ACGT", written)
    assert frame["no_nucleotide"].to_list() == [None, letter]
    assert notes == {}


def test_letters_that_name_a_nucleotide_are_counted():
    frame, _ = tidied("ACGT", "NNAC-GTRY", "ac gu", "NN--", None)
    assert frame["letters"].to_list() == [4, 4, 4, 0, 0]


@pytest.mark.parametrize("piece", [1, 5, 7])
def test_sequences_are_counted_in_pieces(monkeypatch: pytest.MonkeyPatch, piece: int):
    monkeypatch.setattr(sequences, "PIECE", piece)
    frame, _ = tidied("ACGT", "NNAC-GTRY", "AC!G", None, "acgu", "NN--")
    assert frame["letters"].to_list() == [4, 4, 3, 0, 4, 0]
    assert frame["no_nucleotide"].to_list() == [None, None, "!", None, None, None]


def test_each_kind_of_change_is_counted_once_per_sequence():
    _, notes = tidied("A C G", "A C", "acgu", "ACGT")
    assert notes == {WITHOUT_BLANKS: 2, CAPITALS: 1, U_AS_T: 1}


def test_a_slice_of_a_table_has_the_letters_of_its_rows():
    rows = pl.DataFrame({"dna_barcode": ["AAAA", None, "NNAC", "acg", "A" * 30, None]})
    tidied_slice = tidy_barcodes(rows[1:5], Notes())
    assert tidied_slice["letters"].to_list() == [0, 2, 3, 30]
    assert tidied_slice["dna_barcode"].to_list() == [None, "NNAC", "ACG", "A" * 30]


def test_a_sequence_that_was_made_null_has_no_letters():
    long, odd = "ACGT" * 10, "acgt!" * 10
    barcodes = pl.Series("dna_barcode", [long, odd, "AC"]).set(pl.Series([True, True, False]), None)
    frame = tidy_barcodes(barcodes.to_frame(), Notes())
    assert frame.rows() == [(None, None, 0), (None, None, 0), ("AC", None, 2)]


def test_a_table_without_rows_has_none():
    rows = pl.DataFrame({"dna_barcode": []}, schema={"dna_barcode": pl.String})
    assert tidy_barcodes(rows, Notes()).columns == ["dna_barcode", "no_nucleotide", "letters"]
