"""Barcodes within a distance of each other: the rule of thumb that species differ by 2 to 3 %.

Clusters are those of single linkage: two barcodes are together if a chain of barcodes joins them,
each within the distance of the next. The distance is the p-distance, the share of different letters
in the columns where both have one (`core.columns`), of all pairs, without a heuristic.
"""

import logging
from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bioscan.core.columns import UNKNOWN, Columns, plain

log = logging.getLogger("bioscan.cluster")

#: Distances at which barcodes are grouped: name of the method → share of different letters.
DISTANCES = {"distance_2": 0.02, "distance_3": 0.03}

#: Letters that two barcodes must have in common to be compared: of few, most are the same in many
#: species.
MIN_OVERLAP = 200

#: Barcodes of one matrix product.
_BLOCK = 1024


def barcode_groups(sequences: Sequence[str], limits: Sequence[float]) -> list[np.ndarray]:
    """The clusters of barcodes by single linkage.

    A barcode that lies on no columns, or shares too few with any other, is alone.

    Args:
        sequences: (n,) trimmed, distinct.
        limits: shares of different letters up to which two are together.

    Returns:
        For each limit (n,) int32.
    """
    if not sequences:
        return [np.zeros(0, np.int32) for _ in limits]
    letters = _placed(sequences)
    labels = [np.arange(len(letters)) for _ in limits]
    hot = _one_hot(letters)
    known = (letters != UNKNOWN).astype(np.float32)
    for start in range(0, len(letters), _BLOCK):
        rows = slice(start, start + _BLOCK)
        # Pairs with those before are done already.
        shared = known[rows] @ known[start:].T
        different = shared - hot[rows] @ hot[start:].T
        compared = shared >= MIN_OVERLAP
        for number, limit in enumerate(limits):
            first, second = np.nonzero(compared & (different <= limit * shared))
            labels[number] = _joined(labels[number], first + start, second + start)
    return [found.astype(np.int32) for found in labels]


def _placed(sequences: Sequence[str]) -> np.ndarray:
    """The letters on common columns, int8 (n, columns)."""
    text = [plain(sequence) for sequence in sequences]
    placed = Columns(text).place(text)
    letters = placed.letters.copy()
    letters[~placed.found] = UNKNOWN
    if lost := int((~placed.found).sum()):
        log.warning("%d of %d barcodes align to no others, and are alone", lost, len(text))
    known = (letters != UNKNOWN).sum(axis=1)
    if short := int((placed.found & (known < MIN_OVERLAP)).sum()):
        log.warning(
            "%d of %d barcodes have fewer than %d letters, and are alone",
            short,
            len(text),
            MIN_OVERLAP,
        )
    return letters


def _one_hot(letters: np.ndarray) -> np.ndarray:
    """float32 (n, 4 · columns), in which sums are exact."""
    return (letters[:, :, None] == np.arange(4)).reshape(len(letters), -1).astype(np.float32)


def _joined(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Clusters with more pairs together."""
    count = len(labels)
    pairs = labels[first], labels[second]
    graph = coo_array((np.ones(len(first), bool), pairs), shape=(count, count))
    return connected_components(graph, directed=False)[1][labels]
