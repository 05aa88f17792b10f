"""Barcodes within a distance of each other."""

import numpy as np
import pytest

from bioscan.cluster import barcodes
from bioscan.cluster.barcodes import barcode_groups
from tests.unit.mitochondria import Barcodes


def changed(barcode: str, places: range) -> str:
    """With another letter at some places."""
    letters = list(barcode)
    for place in places:
        letters[place] = {"A": "C", "C": "G", "G": "A", "T": "A"}[letters[place]]
    return "".join(letters)


BARCODE = Barcodes(codons=200).ancestor  # 600 letters


def same(labels: np.ndarray, first: int, second: int) -> bool:
    return labels[first] == labels[second]


def test_the_limit_is_exact():
    sequences = [BARCODE, changed(BARCODE, range(0, 240, 20)), changed(BARCODE, range(5, 265, 20))]
    # 12 of 600 letters are 2 %, 13 are more; the two differ from each other in 25.
    two, three = barcode_groups(sequences, [0.02, 0.03])
    assert same(two, 0, 1)
    assert not same(two, 0, 2)
    # By a chain, although 25 letters are more than 3 %.
    assert len(set(three)) == 1


def test_letters_that_were_not_read_do_not_differ():
    cut = "N" * 100 + BARCODE[100:500]
    assert len(set(barcode_groups([BARCODE, cut, BARCODE[:450]], [0.0])[0])) == 1


def test_pairs_with_few_letters_in_common_are_not_compared(caplog: pytest.LogCaptureFixture):
    head, tail = BARCODE[:350], "N" * 250 + BARCODE[250:]
    found = barcode_groups([BARCODE, head, "N" * 450 + BARCODE[450:]], [0.02])[0]
    assert same(found, 0, 1)
    assert not same(found, 0, 2)
    assert caplog.messages == ["1 of 3 barcodes have fewer than 200 letters, and are alone"]
    # 100 letters in common are too few.
    assert len(set(barcode_groups([head, tail], [0.02])[0])) == 2


def test_another_marker_is_alone_and_counted(caplog: pytest.LogCaptureFixture):
    other = Barcodes(seed=9, codons=200)
    sequences = [BARCODE] + [changed(BARCODE, range(n, n + 2)) for n in range(0, 40, 4)]
    random = "".join(np.random.default_rng(3).choice(list("ACGT"), 600))
    found = barcode_groups([*sequences, random], [0.02])[0]
    assert len(set(found)) == 2
    assert caplog.messages == ["1 of 12 barcodes align to no others, and are alone"]
    assert other.ancestor != BARCODE


def test_species_are_groups_whatever_the_block(monkeypatch: pytest.MonkeyPatch):
    drawn = Barcodes(codons=200)
    members = [text for species in drawn.family(5, 6, apart=0.1, within=0.005) for text in species]
    found = barcode_groups(members, [0.03])[0]
    assert [len(set(found[start : start + 6])) for start in range(0, 30, 6)] == [1] * 5
    assert len(set(found)) == 5
    monkeypatch.setattr(barcodes, "_BLOCK", 7)
    assert barcode_groups(members, [0.03])[0].tolist() == found.tolist()


def test_without_barcodes_there_are_no_groups():
    assert [len(found) for found in barcode_groups([], [0.02, 0.03])] == [0, 0]
