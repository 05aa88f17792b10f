"""Clusters without the number of species."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from bioscan.cluster import groups
from bioscan.cluster.groups import (
    choose_height,
    choose_silhouette,
    cut_by,
    dense_groups,
    numbers_of_clusters,
    simple_silhouette,
)
from bioscan.cluster.ward import cut_tree, ward_tree
from tests.unit.cluster.clouds import clouds

POINTS = clouds(6, 12)
TRUTH = np.repeat(np.arange(6), 12)
ONE_EACH = np.arange(72)


def test_hdbscan_finds_groups_and_noise():
    far = np.vstack([POINTS, [[500.0] * 5]])
    found = dense_groups(far, np.arange(73), 5)
    assert found[-1] == -1
    assert found.dtype == np.int32
    inside = found[:-1] >= 0
    assert inside.mean() > 0.5
    assert adjusted_rand_score(TRUTH[inside], found[:-1][inside]) == 1


def test_identical_samples_count_and_stay_together_in_hdbscan():
    rows = np.concatenate([ONE_EACH, np.full(20, 3), np.full(9, 70)])
    found = dense_groups(POINTS, rows, 5)
    for point in (3, 70):
        assert len(set(found[rows == point])) == 1
        assert found[rows == point][0] >= 0


def test_fewer_samples_than_a_cluster_needs_are_noise():
    assert dense_groups(POINTS[:3], np.arange(3), 5).tolist() == [-1, -1, -1]


def test_the_height_is_that_whose_clusters_agree_best_with_species():
    tree = ward_tree(POINTS, np.ones(72))
    species = pl.Series(
        [None if place % 5 == 0 else f"s{group}" for place, group in enumerate(TRUTH)]
    )
    choice = choose_height(tree, ONE_EACH, species)
    assert choice["ami"] > 90
    other = ward_tree(clouds(9, 12, seed=4), np.ones(108))
    found = cut_by(other, choice)
    assert adjusted_rand_score(np.repeat(np.arange(9), 12), found) > 0.8


def test_species_of_one_specimen_each_are_cut_apart():
    tree = ward_tree(POINTS[:8], np.ones(8))
    choice = choose_height(tree, np.arange(8), pl.Series([f"s{n}" for n in range(8)]))
    assert 2 <= choice["clusters"] <= 8


def test_the_silhouette_needs_no_labels():
    tree = ward_tree(POINTS, np.ones(72))
    choice = choose_silhouette(tree, POINTS, np.ones(72))
    assert choice["clusters"] == pytest.approx(6, abs=1)
    assert adjusted_rand_score(TRUTH, cut_by(tree, choice)) > 0.8


def test_the_simple_silhouette_is_one_of_distances_to_centres(monkeypatch: pytest.MonkeyPatch):
    labels = cut_tree(ward_tree(POINTS, np.ones(72)), 6)
    found = simple_silhouette(POINTS, np.ones(72), labels)
    # Of groups this far apart, the one of all pairs is nearly the same.
    assert found == pytest.approx(silhouette_samples(POINTS, labels).mean(), abs=0.05)
    monkeypatch.setattr(groups, "_BLOCK", 50)
    assert simple_silhouette(POINTS, np.ones(72), labels) == pytest.approx(found)


def test_a_sample_alone_in_its_cluster_counts_0():
    points = np.array([[0.0], [0.1], [9.0]])
    found = simple_silhouette(points, np.ones(3), np.array([0, 0, 1]))
    assert found == pytest.approx((2 - 0.05 / 9 - 0.05 / 8.9) / 3)
    # Two samples at the point are not alone.
    assert simple_silhouette(points, np.array([1, 1, 2]), np.array([0, 0, 1])) > 0.9


def test_numbers_of_clusters_are_tried_in_equal_ratios():
    found = numbers_of_clusters(1000, 10)
    assert (found[0], found[-1]) == (2, 999)
    assert numbers_of_clusters(2).tolist() == [2]
