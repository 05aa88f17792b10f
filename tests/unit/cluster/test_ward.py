"""Ward's tree without a matrix of distances."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import is_valid_linkage, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from bioscan.cluster import ward
from bioscan.cluster.ward import cut_at_height, cut_tree, ward_tree
from bioscan.core.errors import InputError
from tests.unit.cluster.clouds import clouds


@pytest.mark.parametrize("seed", range(4))
def test_the_tree_and_its_cuts_are_those_of_scipy_and_scikit_learn(seed: int):
    points = np.random.default_rng(seed).normal(size=(150, 4))
    tree = ward_tree(points, np.ones(150))
    expected = linkage(points, "ward")
    assert is_valid_linkage(tree)
    assert np.allclose(tree[:, 2:], expected[:, 2:])
    for clusters in (1, 2, 7, 40, 149, 150):
        found = AgglomerativeClustering(clusters).fit_predict(points)
        assert adjusted_rand_score(cut_tree(tree, clusters), found) == 1


def test_identical_samples_count_as_often_as_they_occur():
    points = np.random.default_rng(1).normal(size=(60, 3))
    sizes = np.random.default_rng(2).integers(1, 9, 60)
    rows = np.repeat(np.arange(60), sizes)
    tree = ward_tree(points, sizes)
    assert np.allclose(tree[:, 2], linkage(points[rows], "ward")[-59:, 2])
    for clusters in (2, 5, 20, 59):
        found = AgglomerativeClustering(clusters).fit_predict(points[rows])
        assert adjusted_rand_score(cut_tree(tree, clusters)[rows], found) == 1
    # Without their numbers, the tree is another one.
    alone = cut_tree(ward_tree(points, np.ones(60)), 5)[rows]
    assert adjusted_rand_score(alone, cut_tree(tree, 5)[rows]) < 1


def test_points_in_a_row_and_on_a_grid_have_ties_and_a_tree():
    row = np.arange(40, dtype=float)[:, None]
    grid = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    growing = 1.5 ** np.arange(30)[:, None]  # one pair a round
    for points in (row, grid, growing):
        tree = ward_tree(points, np.ones(len(points)))
        assert is_valid_linkage(tree)
        assert tree[-1, 3] == len(points)
        # Ward's heights squared add up to twice the squares about the mean, whatever the tree.
        spread = 2 * ((points - points.mean(axis=0)) ** 2).sum()
        assert np.isclose((tree[:, 2] ** 2).sum(), spread)


def test_distances_are_held_in_blocks(monkeypatch: pytest.MonkeyPatch):
    points = clouds(8, 10)
    whole = ward_tree(points, np.ones(80))
    monkeypatch.setattr(ward, "_BLOCK", 100)
    assert np.allclose(ward_tree(points, np.ones(80)), whole)


def test_clusters_are_numbered_by_their_first_point():
    points = np.array([[0.0], [10], [0.1], [20], [10.1]])
    tree = ward_tree(points, np.ones(5))
    assert cut_tree(tree, 3).tolist() == [0, 1, 0, 2, 1]
    assert cut_at_height(tree, 1).tolist() == [0, 1, 0, 2, 1]
    assert cut_at_height(tree, -1).tolist() == [0, 1, 2, 3, 4]
    assert cut_at_height(tree, 1000).tolist() == [0] * 5


def test_a_single_point_is_a_cluster():
    assert cut_tree(ward_tree(np.zeros((1, 2)), np.ones(1)), 1).tolist() == [0]


def test_more_clusters_than_distinct_samples_are_one_clear_line():
    tree = ward_tree(np.arange(4.0)[:, None], np.ones(4))
    with pytest.raises(InputError) as error:
        cut_tree(tree, 5, "lite0: number of species")
    assert str(error.value) == (
        "lite0: number of species: 5 clusters of 4 distinct samples are asked for; expected 1 to 4"
    )
