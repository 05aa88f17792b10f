"""Barcodes on common columns."""

import numpy as np
import pytest

from bioscan.core.columns import UNKNOWN, Columns, encode, plain, reverse_complement
from tests.unit.mitochondria import Barcodes


@pytest.fixture(scope="module")
def barcodes() -> list[str]:
    return [one for species in Barcodes().family(6, 3) for one in species]


@pytest.fixture(scope="module")
def columns(barcodes) -> Columns:
    return Columns(barcodes)


def letters_of(text: str) -> np.ndarray:
    return encode([text])[0]


def test_other_letters_are_unknown():
    assert plain("ACRN-u") == "ACNNNN"
    assert encode(["ACGT", "AN"]).tolist() == [[0, 1, 2, 3], [0, UNKNOWN, UNKNOWN, UNKNOWN]]


def test_the_other_strand_is_read_backwards_in_complements():
    assert reverse_complement("AACGN") == "NCGTT"


def test_the_consensus_has_the_commonest_letters_of_the_commonest_length():
    columns = Columns(["ACGTA", "ACGTA", "TCGTC", "GGG"])
    assert columns.consensus == "ACGTA"


def test_a_whole_barcode_fills_its_columns(columns, barcodes):
    placed = columns.place(barcodes)
    assert (placed.letters == encode(barcodes)).all()
    assert placed.found.all()
    assert not (placed.reverse | placed.gapped | placed.shifted).any()


@pytest.mark.parametrize(("start", "end"), [(0, 200), (90, 330), (61, 200)])
def test_a_piece_lies_where_it_lies_in_the_whole(columns, barcodes, start, end):
    placed = columns.place([barcodes[0][start:end]])
    whole = letters_of(barcodes[0])
    assert (placed.letters[0, start:end] == whole[start:end]).all()
    assert (placed.letters[0, :start] == UNKNOWN).all()
    assert (placed.letters[0, end:] == UNKNOWN).all()


def test_a_longer_read_loses_what_lies_beyond_the_columns(columns, barcodes):
    placed = columns.place(["ACGTTGCA" * 4 + barcodes[0] + "TTGACCAT" * 4])
    assert (placed.letters[0] == letters_of(barcodes[0])).all()
    assert placed.found[0]


def test_the_other_strand_is_turned(columns, barcodes):
    placed = columns.place([reverse_complement(barcodes[0]), barcodes[1]])
    assert placed.reverse.tolist() == [True, False]
    assert (placed.letters[0] == letters_of(barcodes[0])).all()


@pytest.mark.parametrize(("lost", "shifted"), [(3, False), (1, True), (2, True), (6, False)])
def test_a_deletion_is_found_and_leaves_the_rest_in_its_columns(columns, barcodes, lost, shifted):
    whole = barcodes[0]
    placed = columns.place([whole[:150] + whole[150 + lost :]])
    assert placed.gapped[0]
    assert placed.shifted[0] == shifted
    # An aligner may put the gap some letters off.
    assert (placed.letters[0, :140] == letters_of(whole)[:140]).all()
    assert (placed.letters[0, 170:] == letters_of(whole)[170:]).all()


def test_an_insertion_is_left_out(columns, barcodes):
    whole = barcodes[0]
    placed = columns.place([whole[:150] + "GGG" + whole[150:]])
    assert placed.gapped[0] and not placed.shifted[0]
    assert (placed.letters[0, 170:] == letters_of(whole)[170:]).all()


def test_what_is_no_such_barcode_lies_on_no_columns(columns):
    random = np.random.default_rng(1)
    others = ["".join(random.choice(list("ACGT"), 330)) for _ in range(20)]
    assert not columns.place(others).found.any()


def test_nothing_lies_on_no_columns(columns):
    assert columns.place(["", "NNNN"]).found.tolist() == [False, False]
    assert columns.place([]).letters.shape == (0, len(columns))


def test_blocks_give_what_all_at_once_give(columns, barcodes):
    pieces = [barcode[10 * place :] for place, barcode in enumerate(barcodes)]
    assert (columns.place(pieces, block=4).letters == columns.place(pieces).letters).all()
