"""One lineage per specimen, from all that its barcode and its photograph say.

A witness is one way to identify a specimen: the nearest barcodes, a classifier of images, a search
in the space of a model. Each gives at each rank a label with the probability that it is right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from bioscan.core.records import RANKS

_ORDER = RANKS.index("order")

#: The parents of labels: (rank, label) → the labels above it, by rank.
Taxonomy = Mapping[tuple[str, str], Mapping[str, str]]


class Statement(NamedTuple):
    """What a witness says at a rank.

    Attributes:
        witness: its name, and what it looks at: `photograph` or `barcode`.
        rank, label: what it says.
        probability: that it is right.
        excluded: labels of the rank that it rules out; of those that it does not know it says
            nothing.
    """

    witness: str
    looks_at: str
    rank: str
    label: str
    probability: float
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The lineage of a specimen.

    Attributes:
        labels: rank → label, from the root down to the rank that is decided.
        probabilities: rank → that of the label.
        conflict: the statements that contradict each other at the rank below.
    """

    labels: dict[str, str] = field(default_factory=dict)
    probabilities: dict[str, float] = field(default_factory=dict)
    conflict: tuple[Statement, ...] = ()


def decide(statements: Sequence[Statement], confidence: float, taxonomy: Taxonomy) -> Decision:
    """Decide rank by rank from the root down, as long as a witness is sure.

    At each rank the surest witness decides; witnesses that say otherwise have no say below. Where
    photograph and barcode make sure of different labels, or one rules out what the other makes sure
    of, nothing is decided from there on. A label whose parents are not those that were decided has
    no say; parents that no witness names follow from it. Below an order that is not decided nothing
    is: a classifier of families of flies takes every insect for a fly.

    Args:
        statements: of one specimen.
        confidence: the probability from which a witness is sure.
    """
    labels: dict[str, str] = {}
    probabilities: dict[str, float] = {}
    silenced: set[str] = set()
    for rank in RANKS:
        said = [
            one
            for one in statements
            if one.rank == rank
            and one.witness not in silenced
            and _agrees(taxonomy.get((rank, one.label), {}), labels)
        ]
        if RANKS.index(rank) > _ORDER and "order" not in labels:
            break
        sure = [one for one in said if one.probability >= confidence]
        if not sure:
            continue
        best = max(sure, key=lambda one: one.probability)
        against = [
            one
            for one in said
            if one.looks_at != best.looks_at
            and (best.label in one.excluded or (one in sure and one.label != best.label))
        ]
        if against:
            return Decision(labels, probabilities, (best, *against))
        parents = taxonomy.get((rank, best.label), {})
        for above in RANKS[: RANKS.index(rank)]:
            if above in parents and above not in labels:
                labels[above] = parents[above]
                probabilities[above] = best.probability
        labels[rank], probabilities[rank] = best.label, best.probability
        silenced |= {one.witness for one in said if one.label != best.label}
    ordered = [rank for rank in RANKS if rank in labels]
    return Decision({r: labels[r] for r in ordered}, {r: probabilities[r] for r in ordered})


def _agrees(parents: Mapping[str, str], decided: Mapping[str, str]) -> bool:
    return all(decided.get(rank, label) == label for rank, label in parents.items())


def read_taxonomy(lineages: Iterable[pl.DataFrame]) -> Taxonomy:
    """The parents of each label, those that most records have.

    Args:
        lineages: tables with RANKS.
    """
    table = pl.concat(frame.select(RANKS) for frame in lineages)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for depth, rank in enumerate(RANKS):
        lineage = RANKS[: depth + 1]
        counted = table.drop_nulls(rank).group_by(lineage).agg(pl.len().alias("records"))
        commonest = counted.sort("records", *lineage, descending=[True] + [False] * len(lineage))
        for *above, label in commonest.select(lineage).iter_rows():
            parents = dict(zip(RANKS, above, strict=False))
            found.setdefault((rank, label), {r: name for r, name in parents.items() if name})
    return found
