"""The simulated taxonomic tree: real classes, orders and families, invented nodes below.

A community is a tree of nodes, from class to species. The abundances of orders and families are in
`families`; species within a family are log-normal, the usual shape of trap catches. `names` names
the nodes.
"""

from dataclasses import dataclass

import numpy as np

from bioscan.core.errors import InputError
from bioscan.simulate.families import abundance, catalogue, most_abundant

#: The number of species in a family grows with its abundance to this power: abundant families
#: have abundant species too, not only many species.
RICHNESS_POWER = 0.8

#: Log-normal spread of species abundance; mean / median = exp(2²/2) = 7.4, published 15.8 / 2 for
#: BINs (5M Table A5).
SPECIES_SPREAD = 2.0

#: Species per genus (22,622 / 7,605; 5M Table 2).
SPECIES_PER_GENUS = 3.0

#: Share of the genera without a subfamily (1,448 of 7,605; 5M §A4.3).
WITHOUT_SUBFAMILY = 0.19


@dataclass(frozen=True)
class Tree:
    """A taxonomic tree. The nodes of a rank are numbered, and species are sorted by lineage.

    Attributes:
        classes, orders, families: the names of the nodes.
        parents: for the ranks order to species, the parent of each node. The last subfamily node
            of a family may be unnamed; it holds the genera that have no subfamily.
        has_subfamily: (subfamilies,) False for the unnamed nodes.
        abundance: (species,) expected share of the specimens; sums to 1.
    """

    classes: tuple[str, ...]
    orders: tuple[str, ...]
    families: tuple[str, ...]
    parents: dict[str, np.ndarray]
    has_subfamily: np.ndarray
    abundance: np.ndarray

    def ancestors(self, rank: str) -> np.ndarray:
        """(species,) the node of each species at a rank from class to genus."""
        node = self.parents["species"]
        for child in ("genus", "subfamily", "family", "order"):
            if child == rank:
                break
            node = self.parents[child][node]
        return node


def grow(
    species: int,
    rng: np.random.Generator,
    *,
    evenness: float = 0.0,
    orders: int | None = None,
    diptera_families: int | None = None,
    insects_only: bool = False,
) -> Tree:
    """Draw a tree with a given number of species.

    A community with few species has few families too (a quarter of the species, but at least one
    per order), so that genera and families have several species even in a small demo.

    Args:
        species: number of species.
        rng: source of random numbers.
        evenness: 0 for the published abundances, 1 for equal abundances.
        orders: number of orders, the most abundant first; None for as many as the species allow.
        diptera_families: number of Diptera families, the most abundant first; None for all.
        insects_only: whether to leave out the other classes.

    Raises:
        InputError: there are more orders than species.
    """
    families = max(1, species // 4)
    rows = catalogue(orders or families, diptera_families, insects_only)
    rows = most_abundant(rows, families)
    if species < len(rows):
        raise InputError(
            f"config: simulate.community.species is {species}, expected at least one for each of "
            f"{len(rows)} groups; raise it, or lower simulate.community.orders or diptera_families"
        )
    class_names = tuple(dict.fromkeys(row.class_ for row in rows))
    order_names = tuple(dict.fromkeys(row.order for row in rows))
    class_of_order = {row.order: class_names.index(row.class_) for row in rows}
    share = abundance(rows, evenness)
    richness = _spread(species, share**RICHNESS_POWER)

    subfamily_parent, named, genus_parent, species_parent, abundances = [], [], [], [], []
    first_subfamily = first_genus = 0
    for family, (size, weight) in enumerate(zip(richness, share, strict=True)):
        genera = max(1, round(size / SPECIES_PER_GENUS))
        sizes = _spread(size, 1.0 / np.arange(1, genera + 1))
        groups = max(1, round(np.sqrt(genera)))
        # Number `groups` is the unnamed subfamily.
        group = np.where(
            rng.random(genera) < WITHOUT_SUBFAMILY, groups, rng.integers(groups, size=genera)
        )
        used, group = np.unique(group, return_inverse=True)
        by_lineage = np.argsort(group, kind="stable")
        genus_parent.append(first_subfamily + group[by_lineage])
        subfamily_parent.append(np.full(len(used), family))
        named.append(used < groups)
        species_parent.append(first_genus + np.repeat(np.arange(genera), sizes[by_lineage]))
        relative = np.exp(rng.normal(0.0, SPECIES_SPREAD * (1.0 - evenness), size))
        abundances.append(weight * relative / relative.sum())
        first_subfamily += len(used)
        first_genus += genera

    total = np.concatenate(abundances)
    return Tree(
        classes=class_names,
        orders=order_names,
        families=tuple(row.name for row in rows),
        parents={
            "order": np.array([class_of_order[name] for name in order_names]),
            "family": np.array([order_names.index(row.order) for row in rows]),
            "subfamily": np.concatenate(subfamily_parent),
            "genus": np.concatenate(genus_parent),
            "species": np.concatenate(species_parent),
        },
        has_subfamily=np.concatenate(named),
        abundance=total / total.sum(),
    )


def _spread(total: int, weights: np.ndarray) -> np.ndarray:
    """Distribute `total` items over boxes in proportion to `weights`, at least one per box."""
    ideal = weights / weights.sum() * (total - len(weights))
    count = np.floor(ideal).astype(np.int64)
    short = total - len(weights) - count.sum()
    count[np.argsort(count - ideal, kind="stable")[:short]] += 1
    return count + 1
