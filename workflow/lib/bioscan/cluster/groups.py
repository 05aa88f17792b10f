"""Clusters without the number of species: HDBSCAN, and criteria that say where to cut a tree."""

from typing import Any

import numpy as np
import polars as pl
from sklearn.cluster import HDBSCAN

from bioscan.cluster.scores import NOISE, labels_of, mutual_information
from bioscan.cluster.ward import cut_at_height, cut_tree

#: Numbers of clusters that are tried.
CUTS = 40

#: Distances that are held at a time.
_BLOCK = 1 << 22


def dense_groups(points: np.ndarray, rows: np.ndarray, min_cluster_size: int) -> np.ndarray:
    """The clusters of HDBSCAN (Campello et al. 2013).

    Identical samples count as often as they occur, and are in one cluster.

    Args:
        points: (n, d), distinct.
        rows: (m,) the point of each sample.
        min_cluster_size: samples of the smallest cluster.

    Returns:
        (m,) int32; -1 is noise.
    """
    if len(rows) < min_cluster_size:
        return np.full(len(rows), NOISE, np.int32)
    model = HDBSCAN(min_cluster_size=min_cluster_size, copy=True, n_jobs=1)
    found = model.fit_predict(points[rows].astype(np.float64))
    # Of identical samples, some may be left out as noise by rounding alone.
    highest = np.full(len(points), NOISE)
    np.maximum.at(highest, rows, found)
    return highest[rows].astype(np.int32)


def numbers_of_clusters(points: int, tries: int = CUTS) -> np.ndarray:
    """Numbers of clusters to try, from 2 to all but one, in equal ratios."""
    return np.unique(np.geomspace(2, max(2, points - 1), tries).round().astype(int))


def choose_height(tree: np.ndarray, rows: np.ndarray, species: pl.Series) -> dict[str, Any]:
    """The height of a tree whose clusters agree best with known species.

    Args:
        tree: of `ward_tree`, of specimens with known species.
        rows: (m,) the point of each.
        species: (m,); specimens without one are left out of the score.

    Returns:
        criterion, height, clusters and ami (percent) there.
    """
    known = species.is_not_null().to_numpy()
    truth = labels_of(species.filter(species.is_not_null()))
    best: dict[str, Any] = {"ami": -np.inf}
    for clusters in numbers_of_clusters(len(tree) + 1):
        found = cut_tree(tree, int(clusters))[rows][known]
        ami = mutual_information(truth, found)
        if ami > best["ami"]:
            best = {"clusters": int(clusters), "ami": ami}
    # Between the last merge below the cut and the first above it.
    merges = len(tree) + 1 - best["clusters"]
    height = float(tree[merges - 1 : merges + 1, 2].mean())
    return {"criterion": "height", "height": height, **best}


def choose_silhouette(tree: np.ndarray, points: np.ndarray, sizes: np.ndarray) -> dict[str, Any]:
    """The number of clusters with the largest silhouette, which needs no labels.

    The silhouette is the simplified one (Hruschka et al. 2006): by distances to the centres of the
    own and the nearest other cluster, so that it grows with the samples times the clusters. As in
    scikit-learn, a sample that is alone in its cluster counts 0.

    Returns:
        criterion, clusters and silhouette.
    """
    best: dict[str, Any] = {"silhouette": -np.inf}
    for clusters in numbers_of_clusters(len(points)):
        found = simple_silhouette(points, sizes, cut_tree(tree, int(clusters)))
        if found > best["silhouette"]:
            best = {"clusters": int(clusters), "silhouette": found}
    return {"criterion": "silhouette", **best}


def simple_silhouette(points: np.ndarray, sizes: np.ndarray, labels: np.ndarray) -> float:
    """The mean simplified silhouette of samples.

    Args:
        points: (n, d), distinct.
        sizes: (n,) samples at each.
        labels: (n,) clusters from 0.
    """
    points = points.astype(np.float64)
    count = labels.max() + 1
    members = np.bincount(labels, sizes, count)
    centres = np.zeros((count, points.shape[1]))
    np.add.at(centres, labels, points * sizes[:, None])
    centres /= members[:, None]
    norms = np.einsum("ij,ij->i", centres, centres)
    total = 0.0
    for rows in np.array_split(np.arange(len(points)), -(-len(points) * count // _BLOCK)):
        block = points[rows]
        squares = norms - 2 * block @ centres.T + np.einsum("ij,ij->i", block, block)[:, None]
        distances = np.sqrt(np.maximum(squares, 0))
        inside = np.arange(len(rows)), labels[rows]
        own = distances[inside].copy()
        distances[inside] = np.inf
        other = distances.min(axis=1)
        values = (other - own) / np.maximum(np.maximum(own, other), np.finfo(float).tiny)
        alone = members[labels[rows]] == 1
        total += float((np.where(alone, 0, values) * sizes[rows]).sum())
    return total / float(sizes.sum())


def cut_by(tree: np.ndarray, choice: dict[str, Any]) -> np.ndarray:
    """The clusters of points that a criterion chooses."""
    if choice["criterion"] == "height":
        return cut_at_height(tree, choice["height"])
    return cut_tree(tree, choice["clusters"])
