"""Accuracy by rank, distance and length."""

import polars as pl
import pytest

from bioscan.barcode.accuracies import (
    DISTANCES,
    FARTHER,
    LENGTHS,
    by_distance,
    by_length,
    by_rank,
    novelty_auroc,
)
from bioscan.barcode.tables import Answers, accuracy_rows, describe_search
from tests.unit.barcode.test_tables import SEQUENCES, table

ANSWERS = Answers(
    describe_search("exact"),
    table(
        [
            ("Q1", "test", "Aus", "Aus bus"),
            ("Q2", "test", "Aus", "Aus bus"),
            ("Q3", "test", "Xus", "Xus yus"),
            ("U1", "test_unseen", "Aus", "Aus bus"),
        ]
    ),
)

#: Identities of the nearest keys; Q4 aligns to none.
EXACT = pl.DataFrame(
    {"processid": ["Q1", "Q2", "Q3", "U1", "U2"], "identity": [1.0, 0.98, 0.979, 0.93, 0.8]}
)


def test_plain_accuracy_is_given_at_every_rank():
    found = by_rank(accuracy_rows([ANSWERS], SEQUENCES))
    cells = found.select("split", "level", "value", "queries")
    assert cells.filter(split="test", level="species").row(0)[2:] == (50, 4)
    assert cells.filter(split="test", level="genus").row(0)[2:] == (50, 4)
    assert cells.filter(split="test_unseen", level="genus").row(0)[2:] == (50, 2)
    assert set(found["split"]) == {"test", "test_unseen"}
    assert (found["low"] < found["high"]).all()


def test_queries_are_told_apart_by_the_distance_of_their_nearest_key():
    found = by_distance([ANSWERS], SEQUENCES, EXACT)
    species = found.filter(split="test", level="species")
    assert species["distance"].to_list() == [*DISTANCES.values(), FARTHER]
    asked = dict(species.select("distance", "queries").iter_rows())
    # A distance of exactly two percent is within it; one without a key is the farthest.
    assert {name for name, count in asked.items() if count} == {"0", "2", "3", FARTHER}
    right = dict(species.select("distance", "value").iter_rows())
    assert (right["0"], right["2"], right["3"], right[FARTHER]) == (100, 100, 0, 0)
    genus = found.filter(split="test_unseen", level="genus").filter(pl.col("queries") > 0)
    assert genus.select("distance", "value").rows() == [("8", 100), (FARTHER, 0)]
    assert found.filter(level="species", split="test")["queries"].sum() == 4


def test_each_length_has_its_accuracy_and_novelty():
    rows = [
        ("Q1", "test", "Aus", "Aus bus"),
        ("Q2", "test", "Aus", "Aus bus"),
        ("U1", "test_unseen", "Aus", "Aus bus"),
        ("U2", "test_unseen", None, None),
    ]
    parts = []
    for length in LENGTHS:
        # At 300 nucleotides, one known species is lost.
        wrong = [("Q1", "test", "Xus", "Xus yus"), *rows[1:]]
        given = table(wrong if length == 300 else rows)
        identity = pl.Series("identity", [0.9 if length == 300 else 1, 1, 0.95, None], pl.Float64)
        parts.append(given.with_columns(identity, pl.lit(length).alias("length")))
    found = by_length(pl.concat(parts), SEQUENCES)
    species = found.filter(metric="accuracy", split="test", level="species").sort("length")
    assert species["value"].to_list() == [50, 100, 100, 100]
    # The queries that are not cut are not asked.
    assert set(species["queries"]) == {2}
    genus = found.filter(metric="accuracy", split="test_unseen", level="genus")
    assert set(genus["value"]) == {50}
    novelty = found.filter(metric="novelty").sort("length")
    assert novelty["value"].to_list() == [75, 100, 100, 100]


@pytest.mark.parametrize(
    ("known", "unseen", "expected"),
    [
        ([1, 0.99], [0.9, 0.95], 100),
        ([1, 0.9], [0.9, 0.95], 62.5),
        ([0.9], [0.9], 50),
        ([0.5], [1], 0),
        ([1], [None], 100),
        ([1], [], None),
    ],
)
def test_novelty_is_the_share_of_pairs_that_distance_tells_apart(known, unseen, expected):
    splits = ["test"] * len(known) + ["test_unseen"] * len(unseen)
    found = pl.DataFrame(
        {"split": splits, "identity": [*known, *unseen]},
        {"split": pl.String, "identity": pl.Float64},
    )
    assert novelty_auroc(found) == expected
