"""Damaged barcodes."""

import numpy as np
import polars as pl
import pytest

from bioscan.retrieve.damage import AMOUNTS, damage, draw_queries

BARCODES = ["".join(np.random.default_rng(n).choice(list("ACGT"), 600)) for n in range(4)]


@pytest.mark.parametrize("kind", AMOUNTS)
def test_the_first_amount_leaves_barcodes_as_they_are(kind):
    assert damage(BARCODES, kind, AMOUNTS[kind][0], 0) == BARCODES


@pytest.mark.parametrize("kind", AMOUNTS)
def test_the_same_seed_damages_the_same_letters(kind):
    amount = AMOUNTS[kind][-1]
    assert damage(BARCODES, kind, amount, 1) == damage(BARCODES, kind, amount, 1) != BARCODES


def test_a_barcode_is_cut_at_its_end():
    assert damage(["ACGTACGT", "ACNNGT", "ACG"], "length", 4, 0) == ["ACGT", "AC", "ACG"]


def test_unread_letters_are_n_and_more_of_them_add_to_fewer():
    few, many = (damage(BARCODES, "unread", amount, 0) for amount in (0.1, 0.4))
    for sequence, some, more in zip(BARCODES, few, many, strict=True):
        assert 30 < some.count("N") < 90
        assert 180 < more.count("N") < 300
        for letter, first, second in zip(sequence, some, more, strict=False):
            assert first in (letter, "N")
            assert second in (first, "N")


def test_substituted_letters_are_others_and_keep_their_places():
    found = damage(BARCODES, "substituted", 0.2, 0)
    for sequence, changed in zip(BARCODES, found, strict=True):
        assert len(sequence) == len(changed)
        assert set(changed) == set("ACGT")
        different = sum(a != b for a, b in zip(sequence, changed, strict=True))
        assert 80 < different < 160
    assert damage(["NNRA"], "substituted", 1, 0)[0].startswith("NNR")


def test_a_barcode_of_which_nothing_is_left_is_its_first_letter():
    assert damage(["NNA"], "length", 2, 0) == ["N"]
    assert damage(["A"], "unread", 1, 0) == ["N"]


def test_queries_with_barcode_and_image_are_drawn_from_each_split():
    queries = pl.DataFrame(
        {
            "processid": [f"p{n}" for n in range(40)],
            "split": ["test"] * 30 + ["test_unseen"] * 10,
            "barcode": [None if n % 3 == 0 else "ACGT" for n in range(40)],
        }
    )
    images = queries.filter(pl.col("processid") != "p1").select("processid")
    drawn = draw_queries(queries, images, 8, 0)
    assert drawn["split"].value_counts(sort=True).rows() == [("test", 8), ("test_unseen", 6)]
    assert drawn["barcode"].null_count() == 0
    assert "p1" not in drawn["processid"]
    shuffled = draw_queries(queries.sample(fraction=1, shuffle=True, seed=1), images, 8, 0)
    assert shuffled["processid"].to_list() == drawn["processid"].to_list()
    assert (
        drawn["processid"].to_list() != draw_queries(queries, images, 8, 1)["processid"].to_list()
    )
