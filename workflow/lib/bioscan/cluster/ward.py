"""Ward's method without a matrix of distances: memory grows with the samples, not their square.

Two clusters that are each other's nearest can be merged at once, wherever they lie: merging others
brings none closer to them (Ward's distance is reducible; Murtagh 1983). So all such pairs of a
round are merged together, and the distances of many clusters to all others are one matrix product.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bioscan.core.errors import InputError

#: Distances that are held at a time.
_BLOCK = 1 << 22


def ward_tree(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The tree of Ward's method.

    It is that of scikit-learn on all samples, up to ties: identical samples merge at height 0, so
    they are taken together first, as one point of their number.

    Args:
        points: (n, d), distinct.
        sizes: (n,) samples at each point.

    Returns:
        (n - 1, 4) merges by height as in SciPy: both clusters, of which those below n are points
        and n + i is that of merge i; the height; and the samples.
    """
    if len(points) == 1:
        return np.zeros((0, 4))
    centres = points.astype(np.float64)
    centres -= centres.mean(axis=0)  # products of large numbers lose digits
    weights = sizes.astype(np.float64)
    names = np.arange(len(points))
    nearest = np.zeros(len(points), np.int64)
    distances = np.full(len(points), np.inf)
    stale = np.arange(len(points))
    merges: list[tuple[np.ndarray, ...]] = []
    heights = np.zeros(2 * len(points) - 1)
    count = len(points)
    while len(centres) > 1:
        _find_nearest(centres, weights, stale, nearest, distances)
        first, second = _pairs(nearest, distances)
        merged = weights[first] + weights[second]
        # Rounding must not put a cluster below its parts.
        below = np.maximum(heights[names[first]], heights[names[second]])
        height = np.maximum(np.sqrt(2 * distances[first]), below)
        merges.append((names[first], names[second], height, merged))
        shares = (weights[first] / merged)[:, None]
        centres[first] = shares * centres[first] + (1 - shares) * centres[second]
        weights[first] = merged
        names[first] = np.arange(count, count + len(first))
        heights[names[first]] = height
        count += len(first)
        # A cluster whose nearest one was merged has to look for another, and so has a new one.
        changed = np.zeros(len(centres), bool)
        changed[first] = changed[second] = True
        kept = np.ones(len(centres), bool)
        kept[second] = False
        lost = (changed | changed[nearest])[kept]
        nearest = (np.cumsum(kept) - 1)[nearest][kept]
        centres, weights, names, distances = (a[kept] for a in (centres, weights, names, distances))
        stale = np.flatnonzero(lost)
    return _sorted(*(np.concatenate(column) for column in zip(*merges, strict=True)))


def _find_nearest(
    centres: np.ndarray,
    weights: np.ndarray,
    stale: np.ndarray,
    nearest: np.ndarray,
    distances: np.ndarray,
) -> None:
    """Write the nearest other cluster of some, and half the square of Ward's distance to it."""
    norms = np.einsum("ij,ij->i", centres, centres)
    for rows in np.array_split(stale, -(-len(stale) * len(centres) // _BLOCK)):
        found = (-2 * centres[rows]) @ centres.T
        found += norms
        found += norms[rows, None]
        # The factor of the row itself, its weight, changes no order.
        shares = weights[rows, None] + weights
        np.divide(weights, shares, out=shares)
        found *= shares
        found[np.arange(len(rows)), rows] = np.inf
        chosen = found.argmin(axis=1)
        between = centres[rows] - centres[chosen]
        factor = weights[rows] * weights[chosen] / (weights[rows] + weights[chosen])
        nearest[rows] = chosen
        distances[rows] = factor * np.einsum("ij,ij->i", between, between)


def _pairs(nearest: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The clusters that are each other's nearest."""
    first = np.flatnonzero(nearest[nearest] == np.arange(len(nearest)))
    first = first[first < nearest[first]]
    if not first.size:  # rounding has hidden a pair among ties
        first = distances.argmin(keepdims=True)
    return first, nearest[first]


def _sorted(
    first: np.ndarray, second: np.ndarray, heights: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """Merges by height, with their clusters named anew."""
    order = np.argsort(heights, kind="stable")
    points = len(order) + 1
    names = np.arange(2 * points - 1)
    names[points + order] = np.arange(points, 2 * points - 1)
    named = [np.sort(names[[first, second]], axis=0)[:, order]]
    return np.vstack([*named, heights[order], sizes[order]]).T


def cut_tree(tree: np.ndarray, clusters: int, key: str = "clusters") -> np.ndarray:
    """The clusters of the points of a tree, numbered by their first point.

    Args:
        tree: (n - 1, 4) of `ward_tree`.
        clusters: their number.

    Returns:
        (n,) int32 from 0.

    Raises:
        InputError: there are fewer points than clusters.
    """
    points = len(tree) + 1
    if not 1 <= clusters <= points:
        raise InputError(
            f"{key}: {clusters} clusters of {points} distinct samples are asked for; expected 1 to "
            f"{points}"
        )
    return _components(tree, points - clusters)


def cut_at_height(tree: np.ndarray, height: float) -> np.ndarray:
    """The clusters that merge at a height or below it, likewise."""
    return _components(tree, int(np.searchsorted(tree[:, 2], height, side="right")))


def _components(tree: np.ndarray, merges: int) -> np.ndarray:
    points = len(tree) + 1
    parents = np.repeat(np.arange(points, points + merges), 2)
    children = tree[:merges, :2].astype(np.int64).ravel()
    size = points + merges
    graph = coo_array((np.ones(len(parents), bool), (parents, children)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][:points]
    _, order, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(order)).astype(np.int32)[inverse]
