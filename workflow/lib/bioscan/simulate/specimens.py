"""New specimens of a simulated community, as someone would send them to be identified.

Most are of species that the community has, with barcodes that it has not; some are of new species,
sisters of known ones; and in some wells something went wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.formats import Format
from bioscan.core.records import RANKS, SPLITS
from bioscan.simulate import barcodes, draws
from bioscan.simulate.community import Community
from bioscan.simulate.phenotype import phenotype
from bioscan.simulate.photographs import photograph
from bioscan.simulate.population import Population, populate

#: Kind of a specimen → how many there are.
KINDS = {"known": 6, "new species": 3, "empty well": 1, "contaminated": 1, "wrong pair": 1}

TRAIN = SPLITS.index("train")

#: Two bases in one place of a read, as the IUPAC writes them.
_TWO = {"AC": "M", "AG": "R", "AT": "W", "CG": "S", "CT": "Y", "GT": "K"}


@dataclass(frozen=True)
class Specimen:
    """A specimen.

    Attributes:
        processid: its name.
        kind: a key of KINDS.
        lineage: the labels of the specimen in the photograph, by RANKS; None for an empty well.
        barcode: its barcode, or what was read in its place; None for an empty well.
        pixels: (height, width, 3) of its photograph.
    """

    processid: str
    kind: str
    lineage: tuple[str | None, ...] | None
    barcode: str | None
    pixels: np.ndarray


def new_specimens(
    community: Community, format: Format, size: tuple[int, int], seed: int, looks: int
) -> Iterator[Specimen]:
    """Draw new specimens, in the order of KINDS.

    Args:
        community: the settings of the community.
        format: as the community is published.
        size: (width, height) of photographs, pixels.
        seed: of all that is new.
        looks: seed of the looks of taxa, that of a community.
    """
    population, rng = populate(community, format), draws.generator(seed, "specimens")
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    chosen = _species(population, rng, len(kinds))
    names = population.names.select(RANKS)
    for number, (kind, species) in enumerate(zip(kinds, chosen, strict=True), start=1):
        processid = f"NEW{number:03d}"
        if kind == "empty well":
            taken = photograph(None, rng, size, "empty")
            yield Specimen(processid, kind, None, None, taken.image)
            continue
        lineage = names.row(species)
        barcode = _barcode(population, species, rng, sister=kind == "new species")
        if kind == "new species":
            lineage = (*lineage[:-1], f"{lineage[-1]} nova")
        elif kind != "known":
            other = _barcode(population, _of_another_order(population, species, chosen), rng)
            barcode = other if kind == "wrong pair" else _mixed(barcode, other)
        taken = photograph(phenotype(lineage, looks), rng, size)
        yield Specimen(processid, kind, lineage, barcode, taken.image)


def _species(population: Population, rng: np.random.Generator, count: int) -> list[int]:
    """Species that have labelled references, the abundant ones rather, each once if they suffice.

    Raises:
        InputError: there are none, or all are of one order.
    """
    trained = population.split == TRAIN
    frequency = np.bincount(population.species[trained], minlength=len(population.names))
    known = np.flatnonzero(frequency)
    if population.names["order"].gather(known).n_unique() < 2:
        raise InputError(
            "config: identify.simulate.like: the split train has species of less than two orders, "
            "expected more; simulate more specimens or labels"
        )
    repeated = count > known.size
    chosen = rng.choice(len(frequency), count, replace=repeated, p=frequency / frequency.sum())
    return chosen.tolist()


def _of_another_order(population: Population, species: int, among: list[int]) -> int:
    order = population.names["order"]
    every = [*among, *np.unique(population.species[population.split == TRAIN]).tolist()]
    return next(other for other in every if order[other] != order[species])


def _barcode(
    population: Population, species: int, rng: np.random.Generator, sister: bool = False
) -> str:
    """A barcode that no specimen of the community has: of the species, or of a sister of it."""
    centre = population.centres[[species]]
    if sister:
        centre = barcodes.descend(centre, "species", rng)
    # Beyond those that the species has.
    ordinal = population.ordinal[population.species == species].max(keepdims=True) + 1
    codons = barcodes.haplotype_codons(centre, ordinal, np.array([species]), np.zeros(1, bool))
    whole = barcodes.Reads(*np.zeros((4, 1), np.uint8))
    return barcodes.sequences(codons, np.zeros(1, np.int64), whole)[0]


def _mixed(first: str, second: str) -> str:
    """What is read of two templates at once."""
    return "".join(
        a if a == b else _TWO["".join(sorted(a + b))] for a, b in zip(first, second, strict=True)
    )


def truth(specimens: list[Specimen]) -> pl.DataFrame:
    """processid, kind and the true RANKS of specimens."""
    none = (None,) * len(RANKS)
    rows = [(one.processid, one.kind, *(one.lineage or none)) for one in specimens]
    return pl.DataFrame(rows, dict.fromkeys(("processid", "kind", *RANKS), pl.String), orient="row")
