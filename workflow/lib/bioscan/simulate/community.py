"""The settings of a simulated community, with the published shape as their default."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bioscan.core.errors import InputError
from bioscan.core.records import RANKS
from bioscan.simulate import noise

#: BINs and records of BIOSCAN-5M (5M Table 2).
BINS, RECORDS = 324_411, 5_150_850

#: Species in a sample: BINs grow from 91,918 among 1,128,313 records to 324,411 among 5,150,850
#: (5M Table 2), which is a power law with this exponent.
GROWTH = np.log(324_411 / 91_918) / np.log(5_150_850 / 1_128_313)


@dataclass(frozen=True)
class Community:
    """The shape of a simulated community; the defaults give the published shape.

    Attributes:
        specimens: number of records.
        seed: seed of all random numbers.
        photographs: number of the records that have a photograph, drawn at random from all of them,
            whatever their species and split; by default all.
        species: number of true species, labelled or not; by default the number of BINs to expect.
        orders: number of orders, the most abundant first; by default as many as the species allow.
        diptera_families: number of Diptera families, the most abundant first; all by default.
        insects_only: whether to leave out other classes, as BIOSCAN-1M does.
        evenness: 0 for the published abundances, 1 for equal abundances.
        labelled: share of the records labelled at a rank or deeper, by rank from class to species;
            an omitted rank has the published share, or that of a deeper rank if it is larger.
        overlooked: share of the barcodes of identified species that are labelled to the family
            only.
        placeholder_genera: share of the genera without an established name.
        placeholder_species: share of the species without an established name, in the other genera.
        noise: rate of each kind of `noise.KINDS` among the records that it can hit; omitted kinds
            do not occur.
        part_size: number of images in a numbered package of 1M (`chunk_number`).
    """

    specimens: int
    seed: int
    photographs: int | None = None
    species: int | None = None
    orders: int | None = None
    diptera_families: int | None = None
    insects_only: bool = False
    evenness: float = 0.0
    labelled: Mapping[str, float] = field(default_factory=dict)
    overlooked: float = 0.1
    placeholder_genera: float = 0.22
    placeholder_species: float = 0.33
    noise: Mapping[str, float] = field(default_factory=lambda: dict(noise.PUBLISHED_RATES))
    part_size: int = 10_000

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            InputError: an unknown kind of noise, an unknown rank, or more species or photographs
                than specimens.
        """
        if unknown := set(self.noise) - set(noise.KINDS):
            raise InputError(
                f"config: simulate.community.noise has {', '.join(map(repr, sorted(unknown)))}, "
                f"expected some of {', '.join(noise.KINDS)}"
            )
        if unknown := set(self.labelled) - set(RANKS[1:]):
            raise InputError(
                f"config: simulate.community.labelled has {', '.join(map(repr, sorted(unknown)))}, "
                f"expected some of {', '.join(RANKS[1:])}"
            )
        if not 1 <= self.species_count <= self.specimens:
            raise InputError(
                f"config: simulate.community.species is {self.species_count}, expected at least 1 "
                f"and no more than simulate.specimens, {self.specimens}"
            )

        if self.photographs is not None and not 1 <= self.photographs <= self.specimens:
            raise InputError(
                f"config: simulate.photographs is {self.photographs}, expected at least 1 and no "
                f"more than simulate.specimens, {self.specimens}"
            )

    @property
    def species_count(self) -> int:
        """The number of true species."""
        if self.species is not None:
            return self.species
        return min(self.specimens, round(BINS * (self.specimens / RECORDS) ** GROWTH))
