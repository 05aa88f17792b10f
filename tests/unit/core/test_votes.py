"""Votes on a lineage."""

import polars as pl
import pytest

from bioscan.core.votes import winning_lineage

RANKS = ("family", "genus")


def voters(*keys: tuple[float, str | None, str | None], query: str = "q") -> pl.DataFrame:
    """Keys of one query with their votes and labels, the preferred ones first."""
    rows = [(query, f"k{n}", vote, -n, *labels) for n, (vote, *labels) in enumerate(keys)]
    schema = {"query": pl.String, "key": pl.String, "vote": pl.Float64, "preference": pl.Int64}
    return pl.DataFrame(rows, schema | dict.fromkeys(RANKS, pl.String), orient="row")


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        # The family with the most votes wins, and its genus, though another has more votes.
        ([(0.5, "F", "Aus"), (0.7, "G", "Bus"), (0.4, "F", "Cus")], ["k0"]),
        # Genera of the losing family do not count.
        ([(0.4, "F", "Aus"), (0.5, "F", "Cus"), (0.8, "G", "Aus")], ["k1"]),
        # Equal votes: the preferred key.
        ([(0.5, "G", "Bus"), (0.5, "F", "Aus")], ["k0"]),
        # A key without a label leaves where others have one.
        ([(0.9, "F", None), (0.1, "F", "Aus")], ["k1"]),
        ([(0.9, None, "Aus"), (0.1, "F", "Bus")], ["k1"]),
        # Where none has one, all stay.
        ([(0.9, "F", None), (0.1, "F", None)], ["k0", "k1"]),
        ([(0.9, None, "Aus"), (0.1, None, "Bus")], ["k0"]),
    ],
)
def test_the_labels_of_most_votes_win_rank_by_rank(keys, left):
    assert winning_lineage(voters(*keys), RANKS)["key"].to_list() == left


def test_sums_of_the_same_votes_are_equal_in_any_order():
    """0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ in their last digit."""
    first = [(vote, "F", None) for vote in (0.1, 0.2, 0.3)]
    second = [(vote, "G", None) for vote in (0.3, 0.2, 0.1)]
    for keys in (first + second, second + first):
        assert winning_lineage(voters(*keys), RANKS)["family"][0] == keys[0][1]


def test_queries_vote_apart():
    both = pl.concat([voters((1, "F", "Aus"), query="a"), voters((1, "G", "Bus"), query="b")])
    assert winning_lineage(both, RANKS)["genus"].to_list() == ["Aus", "Bus"]
