"""Clusters with what is known."""

import numpy as np
import polars as pl
import pytest

from bioscan.cluster import known
from bioscan.cluster.known import (
    Nearest,
    choose_threshold,
    named_groups,
    nearest_keys,
    score_names,
    thresholds,
)

KEYS = pl.DataFrame({"species": ["Aa aa", "Aa bb", "Cc cc"], "genus": ["Aa", "Aa", "Cc"]})


def test_the_nearest_key_is_that_of_the_smallest_angle(monkeypatch: pytest.MonkeyPatch):
    keys = np.array([[1.0, 0], [0, 1], [0, 3]])
    queries = np.array([[5, 1.0], [0.1, 1], [0, 0]])
    found = nearest_keys(queries, keys, KEYS)
    assert found.species.to_list() == ["Aa aa", "Aa bb", "Aa aa"]  # of equal ones the first
    assert found.distance == pytest.approx([1 - 5 / 26**0.5, 1 - 1 / 1.01**0.5, 1])
    monkeypatch.setattr(known, "_BLOCK", 1)
    assert nearest_keys(queries, keys, KEYS).genus.to_list() == found.genus.to_list()


def test_a_threshold_tells_right_from_wrong():
    distance = np.array([0.3, 0.1, 0.5, 0.2, 0.6])
    right = np.array([True, True, False, True, False])
    assert choose_threshold(distance, right) == pytest.approx(0.4)
    assert choose_threshold(distance, np.ones(5, bool)) == 0.6
    assert choose_threshold(distance, np.zeros(5, bool)) == -np.inf
    # At one distance, none of both can be told apart.
    assert choose_threshold(np.array([0.1, 0.1, 0.2]), np.array([True, False, False])) == (
        pytest.approx(0.15)
    )


def test_thresholds_are_those_of_labelled_samples():
    nearest = Nearest(
        pl.Series(["a", "a", "b"]), pl.Series(["A", "A", "B"]), np.array([0.1, 0.3, 0.9])
    )
    truth = pl.DataFrame({"species": ["a", "x", None], "genus": ["A", "A", "C"]})
    found = thresholds(nearest, truth)
    assert found["species"] == pytest.approx(0.2)
    assert found["genus"] == pytest.approx(0.6)


def nearest(*rows: tuple[str, str, float]) -> Nearest:
    species, genus, distance = zip(*rows, strict=True)
    return Nearest(pl.Series(species), pl.Series(genus), np.array(distance))


LIMITS = {"species": 0.1, "genus": 0.3}


def test_clusters_are_species_unknown_species_of_a_genus_or_new():
    found, named = named_groups(
        nearest(
            ("Aa aa", "Aa", 0.05),
            ("Aa aa", "Aa", 0.02),
            ("Aa bb", "Aa", 0.2),
            ("Aa aa", "Aa", 0.2),
            ("Cc cc", "Cc", 0.8),
        ),
        np.array([0, 3, 1, 1, 2]),
        LIMITS,
    )
    # Two groups are one species; another is not near enough to any, but to its genus.
    assert found.tolist() == [0, 0, 1, 1, 2]
    facts = named.select("cluster", "status", "name", "samples", "agreement").rows()
    assert facts == [
        (0, "species", "Aa aa", 2, 1.0),
        (1, "unknown_species", "Aa", 2, 1.0),
        (2, "new", None, 1, None),
    ]
    assert named["distance"].to_list() == pytest.approx([0.035, 0.2, 0.8])


def test_a_sample_follows_most_of_its_group_to_the_species_of_its_nearest_key():
    found, named = named_groups(
        nearest(("Aa aa", "Aa", 0.05), ("Aa aa", "Aa", 0.05), ("Aa aa", "Aa", 0.15)),
        np.array([0, 0, 0]),
        LIMITS,
    )
    assert found.tolist() == [0, 0, 0]
    found, named = named_groups(
        nearest(("Aa aa", "Aa", 0.05), ("Aa aa", "Aa", 0.05), ("Cc cc", "Cc", 0.15)),
        np.array([0, 0, 0]),
        LIMITS,
    )
    assert named["status"].to_list() == ["species", "unknown_species"]
    assert found.tolist() == [0, 0, 1]


def test_a_group_that_disagrees_on_its_genus_is_new():
    _, named = named_groups(
        nearest(("Aa aa", "Aa", 0.2), ("Cc cc", "Cc", 0.2)), np.array([0, 0]), LIMITS
    )
    assert named["status"].to_list() == ["new"]


def test_two_unknown_species_of_a_genus_stay_apart():
    found, named = named_groups(
        nearest(("Aa aa", "Aa", 0.2), ("Aa aa", "Aa", 0.2)), np.array([0, 1]), LIMITS
    )
    assert found.tolist() == [0, 1]
    assert named["name"].to_list() == ["Aa", "Aa"]


def test_names_are_right_or_wrong_by_what_a_specimen_can_be_called():
    species = [
        "Aa aa",
        "Aa aa",
        "Aa xx",
        "Aa xx",
        "Aa xx",
        "Zz zz",
        "Zz zz",
        None,
        None,
        None,
        None,
    ]
    genus = ["Aa", "Aa", "Aa", "Aa", "Aa", "Zz", "Zz", "Aa", "Aa", None, None]
    #            right, missed, right, wrong genus, taken for seen, right, wrong, …
    cluster = [0, 1, 1, 2, 0, 3, 1, 1, 2, 1, 0]
    specimens = pl.DataFrame(
        {
            "split": ["test"] * 2 + ["test_unseen"] * 9,
            "species": species,
            "genus": genus,
            "cluster": pl.Series(cluster, dtype=pl.Int32),
        }
    )
    named = pl.DataFrame(
        {
            "cluster": pl.Series([0, 1, 2, 3], dtype=pl.Int32),
            "status": ["species", "unknown_species", "unknown_species", "new"],
            "name": ["Aa aa", "Aa", "Cc", None],
        }
    )
    found = score_names(specimens, named, KEYS["species"], KEYS["genus"])
    columns = ["species_right", "species_wrong", "genus_right", "genus_wrong", "new", "unjudged"]
    assert found.select("split", "truth", "samples", *columns, "right").rows() == [
        ("test", "seen species", 2, 1, 0, 1, 0, 0, 0, 50.0),
        ("test_unseen", "unseen species of a seen genus", 3, 0, 1, 1, 1, 0, 0, 33.33),
        ("test_unseen", "unseen genus", 2, 0, 0, 0, 1, 1, 0, 50.0),
        ("test_unseen", "no species", 4, 0, 0, 1, 1, 0, 2, None),
    ]
    assert (found.select(columns).sum_horizontal() == found["samples"]).all()
