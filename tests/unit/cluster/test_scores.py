"""Adjusted mutual information of clusters and labels."""

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from bioscan.cluster.scores import (
    labels_of,
    mutual_information,
    number_of_clusters,
    score,
    score_table,
    singletons,
)
from tests.unit.cluster.clouds import labelled


def test_a_case_worked_by_hand():
    """Mutual information, and its mean over all ways to deal the clusters anew."""
    truth, found = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])

    def information(clusters: tuple[int, ...]) -> float:
        pairs = list(zip(truth, clusters, strict=True))
        shares = [
            (pairs.count(pair) / 4, (truth == pair[0]).mean(), np.mean(np.equal(clusters, pair[1])))
            for pair in set(pairs)
        ]
        return sum(both * np.log(both / (one * other)) for both, one, other in shares)

    expected = np.mean([information(dealt) for dealt in permutations(found)])
    entropies = np.log(2), -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    by_hand = (information(tuple(found)) - expected) / (np.mean(entropies) - expected)
    assert mutual_information(truth, found) == pytest.approx(100 * by_hand)


def test_it_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    truth, found = random.integers(0, 7, 90), random.integers(0, 9, 90)
    expected = adjusted_mutual_info_score(truth, found, average_method="arithmetic")
    assert mutual_information(truth, found) == pytest.approx(100 * expected)
    assert mutual_information(truth, truth) == pytest.approx(100)


def test_missing_labels_are_one_class():
    assert labels_of(pl.Series(["b", None, "a", "b", None])).tolist() == [2, 0, 1, 2, 0]


def test_noise_may_be_singletons_and_is_no_cluster():
    found = np.array([1, -1, 0, -1, 1])
    assert singletons(found).tolist() == [1, 2, 0, 3, 1]
    assert number_of_clusters(found) == 2
    assert singletons(np.array([-1, -1])).tolist() == [0, 1]


def test_each_rank_has_rows_with_and_without_missing_labels():
    specimens = labelled(
        {
            "processid": ["A", "B", "C", "D", "E"],
            "species": ["Aa aa", "Aa aa", "Bb bb", "Bb bb", None],
            "family": ["Aidae"] * 5,
        }
    )
    rows = list(score(specimens, np.array([0, 0, 1, 1, 1])))
    assert {row["rank"] for row in rows} == {"family", "species"}
    species = {row["missing"]: row for row in rows if row["rank"] == "species"}
    left_out = species["left_out"]
    assert (left_out["ami"], left_out["samples"], left_out["classes"]) == (pytest.approx(100), 4, 2)
    as_class = species["class"]
    assert (as_class["samples"], as_class["without_label"], as_class["classes"]) == (5, 1, 3)
    assert as_class["ami"] < 100
    assert score_table(rows)["noise"].null_count() == len(rows)


def test_noise_is_scored_in_both_ways():
    specimens = labelled({"processid": ["A", "B", "C", "D"], "species": ["a", "a", "b", "c"]})
    rows = [row for row in score(specimens, np.array([0, 0, -1, -1])) if row["missing"] == "class"]
    found = {row["noise"]: row for row in rows}
    assert set(found) == {"one_class", "singletons"}
    assert found["singletons"]["ami"] == pytest.approx(100)
    assert found["one_class"]["ami"] < 100
    assert found["one_class"]["clusters"] == found["singletons"]["clusters"] == 1


def test_without_any_label_there_is_no_row():
    specimens = labelled({"processid": ["A", "B"]})
    assert list(score(specimens, np.array([0, 1]))) == []
    assert score_table([]).is_empty()
