"""How deep each barcode is identified by the simulated specialists.

The depth is a property of the species, because specialists know some groups and not others. A
share of the barcodes of an identified species was overlooked and is labelled to the family only.
"""

from collections.abc import Mapping

import numpy as np

from bioscan.core.formats import Format
from bioscan.core.records import RANKS

ORDER, FAMILY, SUBFAMILY, GENUS, SPECIES = (
    RANKS.index(rank) for rank in ("order", "family", "subfamily", "genus", "species")
)

#: Share of the records labelled at a rank or deeper (5M Table 2, both columns).
LABELLED: dict[Format, dict[str, float]] = {
    "bioscan1m": {
        "class": 1.0,
        "order": 1.0,
        "family": 0.986,
        "subfamily": 0.235,
        "genus": 0.225,
        "species": 0.075,
    },
    "bioscan5m": {
        "class": 0.999,
        "order": 0.997,
        "family": 0.958,
        "subfamily": 0.286,
        "genus": 0.238,
        "species": 0.092,
    },
}

#: An identified species has 473,094 / 22,622 = 20.9 records, a BIN 15.8 (5M Tables 2, A5): the
#: probability that a species is identified grows with its abundance to this power.
FAMILIARITY = 0.11


def label_shares(labelled: Mapping[str, float], format: Format) -> np.ndarray:
    """Share of the records labelled at each rank or deeper.

    Args:
        labelled: shares by rank; an omitted rank has its published share.
        format: decides on the published shares.

    Returns:
        (6,) shares from class to species; no rank has less than a deeper one.
    """
    shares = LABELLED[format] | dict(labelled)
    return np.maximum.accumulate([shares[rank] for rank in reversed(RANKS[1:])])[::-1]


def annotate(
    counts: np.ndarray,
    species: np.ndarray,
    shares: np.ndarray,
    overlooked: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the rank to which each haplotype is identified.

    Species are ordered at random, abundant ones rather first, and the order is cut where the
    shares of the records say. The shares are met up to the size of the species at the cuts.

    Args:
        counts: (species,) specimens of each species.
        species: (haplotypes,) the species of each haplotype.
        shares: (6,) as returned by `label_shares`.
        overlooked: share of the haplotypes of identified species labelled to the family only.

    Returns:
        (haplotypes,) index in RANKS of the deepest labelled rank.
    """
    below = np.arange(1, len(RANKS)) > FAMILY
    cuts = np.where(below, np.minimum(shares / (1.0 - overlooked), shares[FAMILY - 1]), shares)
    line = np.argsort(rng.exponential(size=len(counts)) / counts**FAMILIARITY)
    place = np.empty(len(counts))
    place[line] = (np.cumsum(counts[line]) - counts[line] / 2) / counts.sum()
    depth = np.searchsorted(-cuts, -place).astype(np.int8)[species]
    overlook = (depth > FAMILY) & (rng.random(len(species)) < overlooked)
    return np.where(overlook, np.int8(FAMILY), depth)
