"""One lineage per specimen, from all that its barcode and its photograph say.

A witness is one way to identify a specimen: the nearest barcodes, a classifier of images, a search
in the space of a model. Each gives at each rank a label with the probability that it is right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from bioscan.core.records import RANKS

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
        within: the order that it takes every specimen for; it has a say only of specimens that are
            decided to be of it. None: it knows others.
    """

    witness: str
    looks_at: str
    rank: str
    label: str
    probability: float
    excluded: tuple[str, ...] = ()
    within: str | None = None


@dataclass(frozen=True)
class Decision:
    """The lineage of a specimen.

    Attributes:
        labels: rank → label, from the root down to the rank that is decided.
        probabilities: rank → that of the label; none is smaller than one below it.
        witnesses: rank → the witness that decided; not of parents that follow from a label.
        conflict: the statements that contradict each other at the rank below.
    """

    labels: dict[str, str] = field(default_factory=dict)
    probabilities: dict[str, float] = field(default_factory=dict)
    witnesses: dict[str, str] = field(default_factory=dict)
    conflict: tuple[Statement, ...] = ()


def decide(statements: Sequence[Statement], confidence: float, taxonomy: Taxonomy) -> Decision:
    """Decide rank by rank from the root down, as long as a witness is sure.

    At each rank the first witness that is sure decides, not the surest: the largest of several
    probabilities is more often too large. Witnesses that say otherwise have no say below. Where
    photograph and barcode make sure of different labels, or one rules out what the other makes sure
    of, nothing is decided from there on. A label whose parents are not those that were decided has
    no say; parents that no witness names follow from it. Of several that read the same barcode, the
    first one that says anything of a rank has the only say: the others know nothing more.

    Classifiers of photographs know no new species. So where the barcode is not sure of the species,
    no photograph is; and where the barcode is sure that it is another, they contradict each other.

    Args:
        statements: of one specimen, those of the first witness first.
        confidence: the probability from which a witness is sure.
    """
    labels: dict[str, str] = {}
    probabilities: dict[str, float] = {}
    witnesses: dict[str, str] = {}
    silenced: set[str] = set()
    conflict: tuple[Statement, ...] = ()
    for rank in RANKS:
        barcode = _first(statements, rank, "barcode")
        said = [
            one
            for one in with_a_say(statements, rank)
            if one.witness not in silenced and may_be(one, labels, taxonomy)
        ]
        sure = [one for one in said if one.probability >= confidence]
        if rank == "species" and barcode is not None and barcode not in sure:
            photographs = [one for one in sure if one.looks_at != "barcode"]
            if photographs and barcode.probability < 1 - confidence:
                conflict = (barcode, *photographs)
                break
            sure = [one for one in sure if one.looks_at == "barcode"]
        if not sure:
            continue
        best = sure[0]
        against = [
            one
            for one in said
            if one.looks_at != best.looks_at
            and (best.label in one.excluded or (one in sure and one.label != best.label))
        ]
        if against:
            conflict = (best, *against)
            break
        parents = taxonomy.get((rank, best.label), {})
        for above in RANKS[: RANKS.index(rank)]:
            if above in parents and above not in labels:
                labels[above] = parents[above]
                probabilities[above] = best.probability
        labels[rank], probabilities[rank] = best.label, best.probability
        witnesses[rank] = best.witness
        silenced |= {one.witness for one in said if one.label != best.label}
    ordered = [rank for rank in RANKS if rank in labels]
    raised: dict[str, float] = {}
    for rank in reversed(ordered):
        # A label that is right makes those above it right.
        raised[rank] = max([probabilities[rank], *raised.values()])
    return Decision(
        {rank: labels[rank] for rank in ordered},
        {rank: raised[rank] for rank in ordered},
        witnesses,
        conflict,
    )


def with_a_say(statements: Iterable[Statement], rank: str) -> list[Statement]:
    """What is said of a rank: of barcodes by the first witness alone that says anything there."""
    said = [one for one in statements if one.rank == rank]
    barcode = _first(said, rank, "barcode")
    return [one for one in said if one.looks_at != "barcode" or one is barcode]


def may_be(statement: Statement, labels: Mapping[str, str], taxonomy: Taxonomy) -> bool:
    """Whether a statement has a say of a specimen with these labels."""
    if statement.within is not None and labels.get("order") != statement.within:
        return False
    return _agrees(taxonomy.get((statement.rank, statement.label), {}), labels)


def looks_at(witness: str) -> str:
    """What a witness looks at: those of barcodes have the word in front."""
    return "barcode" if witness.startswith("barcode") else "photograph"


def _first(statements: Iterable[Statement], rank: str, what: str) -> Statement | None:
    found = (one for one in statements if one.rank == rank and one.looks_at == what)
    return next(found, None)


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
