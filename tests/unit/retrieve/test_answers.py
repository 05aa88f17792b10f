"""Answers from the nearest keys."""

import polars as pl

from bioscan.core.nearest import NEAREST_SCHEMA
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.answers import TEMPERATURE, answer_by_nearest, answer_by_vote, with_unanswered
from scripts.retrieve.score_answers import choose_temperature, score_pairs

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
    found = answer_by_vote(nearest(a=0.9, b=0.88, c=0.87, d=0.86), KEYS, TEMPERATURE)
    assert found.rows() == [("q", 1, "O", "F", "Bus", "Bus cus")]


def test_a_key_that_is_much_nearer_outvotes_many():
    """exp(-0.3 / 0.07) is 0.014 of a vote."""
    found = answer_by_vote(nearest(a=0.9, b=0.6, c=0.6, d=0.6), KEYS, TEMPERATURE)
    assert found["species"].to_list() == ["Aus bus"]


def test_of_equal_votes_the_nearer_key_wins():
    found = answer_by_vote(nearest(d=0.9, b=0.9), KEYS, TEMPERATURE)
    assert found["species"].to_list() == ["Bus dus"]


def test_a_query_whose_keys_are_all_its_own_is_wrong(tmp_path):
    """Of two queries, one finds its species; all keys of the other are its own barcode."""
    labels = {rank: ["X", "X", "X"] for rank in TEXT_RANKS}
    records = pl.DataFrame(
        {"processid": ["q", "own", "k"], "split": ["test", "test", "train"]} | labels
    )
    path = tmp_path / "partitioned.parquet"
    records.with_columns(dna_barcode=pl.lit("ACGT")).write_parquet(path)
    queries = records.filter(split="test")
    found = with_unanswered(
        pl.DataFrame([("q", 1, "k", 0.9)], NEAREST_SCHEMA, orient="row"), queries
    )
    pairs = found.with_columns(pair=pl.lit("dna_to_dna"))
    scores = score_pairs(path, pairs, ["test"], ["train"], "left_out")
    species = scores.filter(level="species", split="test", average="micro", top=1)
    assert set(zip(species["value"], species["queries"], strict=True)) == {(50.0, 2)}
    assert set(species["answer"]) == {"nearest", "vote"}


def test_the_temperature_of_the_vote_is_the_one_that_answers_validation_queries_best():
    """One key of the right species before two of another: they outvote it where d / t is small."""
    given = pl.DataFrame(
        [("q", *["O", "F", "Aus", "Aus bus"])], ["processid", *TEXT_RANKS], orient="row"
    )
    queries = given.with_columns(split=pl.lit("val"))
    # exp(-0.02 / 0.07) and exp(-0.02 / 0.03) are more than half a vote each, exp(-2) is less.
    found = nearest(a=0.9, b=0.88, d=0.88)
    assert choose_temperature(queries, found, KEYS, "left_out") == 0.01
    tests = queries.with_columns(split=pl.lit("test"))
    assert choose_temperature(tests, found, KEYS, "left_out") == TEMPERATURE
