"""Answers from the nearest keys."""

import polars as pl

from bioscan.core.nearest import NEAREST_SCHEMA
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.answers import answer_by_nearest, answer_by_vote

KEYS = pl.DataFrame(
    [
        ("a", "O", "F", "Aus", "Aus bus"),
        ("b", "O", "F", "Bus", "Bus cus"),
        ("c", "O", "F", "Bus", None),
        ("d", "O", "F", "Bus", "Bus dus"),
    ],
    {"processid": pl.String, **dict.fromkeys(TEXT_RANKS, pl.String)},
    orient="row",
)


def nearest(**similarities: float) -> pl.DataFrame:
    rows = [("q", place, *row) for place, row in enumerate(similarities.items(), start=1)]
    return pl.DataFrame(rows, NEAREST_SCHEMA, orient="row")


def test_each_of_the_nearest_keys_answers_with_its_labels():
    found = answer_by_nearest(nearest(a=0.9, c=0.8), KEYS)
    assert found.rows() == [
        ("q", 1, "O", "F", "Aus", "Aus bus"),
        ("q", 2, "O", "F", "Bus", None),
    ]


def test_a_vote_answers_with_one_lineage_though_the_nearest_key_has_another():
    found = answer_by_vote(nearest(a=0.9, b=0.88, c=0.87, d=0.86), KEYS)
    assert found.rows() == [("q", 1, "O", "F", "Bus", "Bus cus")]


def test_a_key_that_is_much_nearer_outvotes_many():
    """exp(-0.3 / 0.07) is 0.014 of a vote."""
    found = answer_by_vote(nearest(a=0.9, b=0.6, c=0.6, d=0.6), KEYS)
    assert found["species"].to_list() == ["Aus bus"]


def test_of_equal_votes_the_nearer_key_wins():
    found = answer_by_vote(nearest(d=0.9, b=0.9), KEYS)
    assert found["species"].to_list() == ["Bus dus"]
