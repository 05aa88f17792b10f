"""Answers from the nearest keys."""

import polars as pl
import pytest

from bioscan.barcode.hits import answer_by_nearest, answer_by_vote
from bioscan.core.alignment import HITS_SCHEMA
from bioscan.core.records import RANKS


def keys(**lineages: tuple[str | None, str | None, str | None]) -> pl.DataFrame:
    """Keys by processid, each with its family, genus and species."""
    schema = dict.fromkeys(("processid", "family", "genus", "species"), pl.String)
    rows = [(name, *lineage) for name, lineage in lineages.items()]
    table = pl.DataFrame(rows, schema, orient="row")
    others = [pl.lit(None, pl.String).alias(rank) for rank in RANKS if rank not in schema]
    return table.with_columns(others).select("processid", *RANKS)


def hits(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame([(*row, 0.9, False, 600) for row in rows], HITS_SCHEMA, orient="row")


QUERIES = pl.DataFrame({"processid": ["q1", "q2"], "split": ["test", "val"]})
KEYS = keys(
    a=("F", "Aus", "Aus bus"),
    b=("F", "Aus", "Aus cus"),
    c=("F", "Bus", "Bus dus"),
    d=("F", None, None),
    e=("F", "Aus", "Aus bus"),
)


def answer(*found: tuple[str, str, float]) -> dict:
    return answer_by_nearest(hits(*found), QUERIES, KEYS).to_dicts()[0]


def test_a_query_gets_the_labels_of_its_best_key():
    row = answer(("q1", "a", 90), ("q1", "b", 100))
    assert (row["processid"], row["split"], row["key"]) == ("q1", "test", "b")
    assert (row["family"], row["genus"], row["species"]) == ("F", "Aus", "Aus cus")
    assert (row["score"], row["identity"], row["ties"]) == (100, 0.9, 1)
    assert row["common_rank"] == "species"


def test_of_equals_the_last_key_in_file_order_answers():
    assert answer(("q1", "c", 5), ("q1", "a", 5), ("q1", "b", 5))["key"] == "c"


@pytest.mark.parametrize(
    ("tied", "rank"),
    [("ae", "species"), ("ab", "genus"), ("abc", "family"), ("ad", "family"), ("d", "family")],
)
def test_a_tie_names_the_lowest_rank_at_which_all_keys_agree(tied, rank):
    row = answer(*(("q1", key, 5.0) for key in tied))
    assert (row["ties"], row["common_rank"]) == (len(tied), rank)


def test_answers_are_in_the_order_of_the_queries_and_none_is_made_up():
    found = answer_by_nearest(hits(("q2", "a", 1), ("q1", "c", 1)), QUERIES, KEYS)
    assert found["processid"].to_list() == ["q1", "q2"]
    assert answer_by_nearest(hits(("q2", "a", 1)), QUERIES, KEYS)["processid"].to_list() == ["q2"]
    assert answer_by_nearest(hits(), QUERIES, KEYS).is_empty()


def voted(*found: tuple[str, str, float]) -> dict:
    return answer_by_vote(hits(*found), QUERIES, KEYS).to_dicts()[0]


def test_several_keys_outvote_one_that_is_little_better():
    row = voted(("q1", "c", 100), ("q1", "a", 98), ("q1", "b", 98))
    assert (row["genus"], row["key"], row["score"]) == ("Aus", "b", 98)
    row = voted(("q1", "c", 100), ("q1", "a", 90), ("q1", "b", 90))
    assert (row["genus"], row["key"], row["score"]) == ("Bus", "c", 100)


def test_a_vote_gives_one_lineage_even_where_the_commonest_species_is_of_another_genus():
    # Aus has more votes in two species; Bus dus more than either.
    row = voted(("q1", "c", 100), ("q1", "a", 98), ("q1", "b", 98))
    assert (row["genus"], row["species"]) == ("Aus", "Aus cus")


def test_of_equal_votes_the_last_key_wins():
    assert voted(("q1", "c", 5), ("q1", "b", 5))["genus"] == "Bus"
    assert voted(("q1", "a", 5), ("q1", "b", 5))["species"] == "Aus cus"


def test_keys_without_a_label_do_not_vote_for_one():
    row = voted(("q1", "d", 100), ("q1", "a", 90))
    assert (row["genus"], row["species"]) == ("Aus", "Aus bus")
    assert voted(("q1", "d", 100))["genus"] is None


def test_a_vote_states_the_ties_of_the_best_score():
    row = voted(("q1", "c", 100), ("q1", "a", 100), ("q1", "b", 98))
    assert (row["ties"], row["common_rank"]) == (2, "family")
    first = answer_by_nearest(hits(("q1", "a", 1)), QUERIES, KEYS)
    assert answer_by_vote(hits(("q1", "a", 1)), QUERIES, KEYS).equals(first)
