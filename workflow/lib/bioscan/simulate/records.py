"""Simulated records in the published formats, with the truth beside them.

Species get specimens (multinomial, at least one each), specimens share barcodes, and barcodes are
identified to some depth: how deep is a property of the species, as specialists know some groups
and not others, though a share of the barcodes of an identified species was looked at by nobody.
The records of a barcode are then labelled alike, but for the label noise. Specimens lie shuffled
in plates of 95; a plate holds the catch of one trap.

Everything of the size of the community is kept in arrays of numbers (about 100 bytes a record);
text exists for one frame at a time. Random numbers of a record depend on the seed and its
position only, so the result does not depend on the size of the frames.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from bioscan.core import published
from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.published import BIOSCAN5M_MEMBER, NO_SPLIT, NOT_CLASSIFIED, Format, chunks
from bioscan.core.records import (
    BIOSCAN5M_SCHEMA,
    EXPERIMENT_SPLITS,
    EXPERIMENTS,
    RANKS,
    SCHEMA,
    SPLITS,
    most_specific_taxon,
)
from bioscan.simulate import barcodes, noise, taxonomy

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

#: Records without a BIN: 13,409 of 5,150,850; none in 1M (5M Table 2).
WITHOUT_BIN: dict[Format, float] = {"bioscan1m": 0.0, "bioscan5m": 0.0026}

#: Species in a sample: BINs grow from 91,918 among 1,128,313 records to 324,411 among 5,150,850
#: (5M Table 2), which is a power law with this exponent.
BINS, RECORDS = 324_411, 5_150_850
GROWTH = np.log(324_411 / 91_918) / np.log(5_150_850 / 1_128_313)

#: Records of an identified species: 473,094 / 22,622 = 20.9, of a BIN 15.8 (5M Tables 2, A5):
#: the chance that a species is identified grows with its abundance to this power.
FAMILIARITY = 0.11

TRUTH_COLUMNS: tuple[str, ...] = (*(f"true_{rank}" for rank in RANKS), "true_label_rank", "noise")


@dataclass(frozen=True)
class Community:
    """What shapes a simulated community; the defaults have the published shape.

    Attributes:
        specimens: records in all.
        seed: of everything random.
        species: true species, labelled or not; by default as many as there would be BINs.
        orders: keep the most abundant ones only.
        diptera_families: keep the most abundant ones only.
        insects_only: as in BIOSCAN-1M.
        evenness: 0 for the published abundances, 1 for all alike.
        labelled: share of the records labelled at a rank or deeper, by rank from class to species;
            ranks not given have the published share, or that of a deeper one if it is more.
        overlooked: share of the barcodes of identified species that are labelled to the family.
        placeholder_genera: share of the genera without an established name.
        placeholder_species: share of the species without one, in the other genera.
        noise: rate of each kind of `noise.KINDS` among the records that it can hit; kinds not
            given do not occur.
        part_size: images a numbered package of 1M (`chunk_number`).
    """

    specimens: int
    seed: int
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
        """Refuse what no community can be.

        Raises:
            InputError: naming the setting.
        """
        if unknown := set(self.noise) - set(noise.KINDS):
            raise InputError(f"no such kind of noise: {', '.join(sorted(unknown))}")
        if unknown := set(self.labelled) - set(RANKS[1:]):
            raise InputError(f"no such rank to label: {', '.join(sorted(unknown))}")
        if not 1 <= self.species_count <= self.specimens:
            raise InputError(f"{self.specimens} specimens of {self.species_count} species")

    @property
    def species_count(self) -> int:
        """The number of true species."""
        if self.species is not None:
            return self.species
        return min(self.specimens, round(BINS * (self.specimens / RECORDS) ** GROWTH))


#: Country, province or state, latitude, longitude (degrees) and relative number of traps. Costa
#: Rica has 62 % (5M §A2.1); the others follow the map (Fig. 3) by eye.
PLACES = pl.DataFrame(
    [
        ("Costa Rica", "Guanacaste", 10.84, -85.62, 40.0),
        ("Costa Rica", "Alajuela", 10.98, -85.43, 9.0),
        ("Costa Rica", "Heredia", 10.33, -84.08, 8.0),
        ("Costa Rica", "Puntarenas", 8.71, -83.61, 5.0),
        ("Canada", "Ontario", 43.54, -80.23, 7.0),
        ("Canada", "British Columbia", 49.25, -122.86, 2.0),
        ("Canada", "Alberta", 51.18, -115.57, 1.0),
        ("South Africa", "Mpumalanga", -24.99, 31.59, 4.0),
        ("South Africa", "Limpopo", -23.94, 31.14, 2.0),
        ("United States", "Texas", 30.28, -97.78, 3.0),
        ("United States", "Florida", 27.18, -81.35, 1.5),
        ("Australia", "Western Australia", -35.02, 117.23, 2.0),
        ("Australia", "New South Wales", -33.77, 150.75, 1.0),
        ("Norway", "Trøndelag", 63.43, 10.39, 2.0),
        ("Germany", "Bavaria", 48.95, 13.42, 1.5),
        ("Pakistan", "Azad Kashmir", 33.85, 73.77, 1.5),
        ("Panama", "Panama", 9.16, -79.85, 1.5),
        ("Argentina", "Misiones", -25.68, -54.45, 1.5),
        ("French Guiana", None, 4.56, -52.21, 1.2),
        ("Bangladesh", "Rajshahi", 24.37, 88.64, 1.0),
        ("Egypt", "Qalyubia", 30.25, 31.55, 0.8),
        ("Thailand", "Chiang Mai", 18.81, 98.92, 0.8),
        ("Kenya", "Nairobi", -1.36, 36.85, 0.7),
        ("Lebanon", None, 34.40, 35.81, 0.4),
    ],
    schema={
        "country": pl.String,
        "province_state": pl.String,
        "coord-lat": pl.Float64,
        "coord-lon": pl.Float64,
        "traps": pl.Float64,
    },
    orient="row",
)

#: First two letters of a project code.
_COUNTRY_CODES = {
    "Costa Rica": "CR",
    "Canada": "CN",
    "South Africa": "SA",
    "United States": "US",
    "Australia": "AU",
    "Norway": "NO",
    "Germany": "GM",
    "Pakistan": "PK",
    "Panama": "PN",
    "Argentina": "AR",
    "French Guiana": "FG",
    "Bangladesh": "BD",
    "Egypt": "EG",
    "Thailand": "TH",
    "Kenya": "KE",
    "Lebanon": "LB",
}

#: Trap sites a place, so that 24 places give about the published 1,650 locations (5M Table A4).
SITES = 70

#: A plate has 96 wells; the last (H12) is the control.
WELLS, ROWS, COLUMNS = 95, "ABCDEFGH", 12
FIRST_PLATE = 10_001

#: Plates a project, whose records are numbered from 1.
PLATES_PER_PROJECT = 100

#: Records without coordinates (1,831) and without a pixel count (< 1 %; 5M Table A4, §A2.2).
WITHOUT_COORDINATES, WITHOUT_PIXELS = 0.0004, 0.006

#: Median of the pixels an organism covers, of 1024 × 768, and the log-normal spread between and
#: within species. Real records have 8,605 to 139,744 (the browser's five).
PIXELS, PIXELS_BETWEEN, PIXELS_WITHIN = 16_000.0, 0.8, 0.25
PIXELS_RANGE = (200, 600_000)


#: The experiments of 1M: 70/10/20 a class (§4.1), and the sizes of medium and small relative to
#: large (Table 3): 200,000 and 50,000 of 1,128,308 (orders) and 891,338 (Diptera families).
VALIDATION_SHARE, TEST_SHARE, TOP_FAMILIES, SMALLEST_CLASS = 0.1, 0.2, 40, 3
SUBSETS = {
    "insect_order": {"large": 1.0, "medium": 200_000 / 1_128_308, "small": 50_000 / 1_128_308},
    "diptera_family": {"large": 1.0, "medium": 200_000 / 891_338, "small": 50_000 / 891_338},
}

FAMILY, SUBFAMILY, GENUS, SPECIES = (
    RANKS.index(rank) for rank in ("family", "subfamily", "genus", "species")
)
ORDER = RANKS.index("order")


@dataclass(frozen=True)
class _World:
    """The community in numbers: species and haplotypes sorted by lineage, records as published.

    Attributes:
        names: one row a species, as of `taxonomy.name`.
        lineages: (species, 3) genus, family, order.
        centres: (species, 219) codons.
        pixels: (species,) median pixels of an organism.
        species: (haplotypes,) the species of each.
        ordinal: (haplotypes,) its number in the species.
        second_bin: (haplotypes,) whether it lies in the second BIN of the species.
        bin_number: (haplotypes,) row of `bin_codes`.
        depth: (haplotypes,) index in RANKS of the deepest rank to which it was annotated.
        split: (haplotypes,) index in SPLITS.
        haplotype: (records,) of each record.
        copy: (records,) its number among the records of the haplotype.
        experiments: (records,) for each 1M experiment, an index in EXPERIMENT_SPLITS or -1; those
            whose label the noise hides take no part in the end.
    """

    names: pl.DataFrame
    lineages: np.ndarray
    centres: np.ndarray
    pixels: np.ndarray
    bin_codes: pl.Series
    species: np.ndarray
    ordinal: np.ndarray
    second_bin: np.ndarray
    bin_number: np.ndarray
    depth: np.ndarray
    split: np.ndarray
    reads: barcodes.Reads
    haplotype: np.ndarray
    copy: np.ndarray
    experiments: dict[str, np.ndarray]


def _ordinals(groups: np.ndarray) -> np.ndarray:
    """(n,) how many before it are of its group, for groups that lie together."""
    begins = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    return np.arange(len(groups)) - np.repeat(begins, np.diff(begins, append=len(groups)))


def label_shares(labelled: Mapping[str, float], format: Format) -> np.ndarray:
    """(6,) share of the records labelled at each rank from class to species, or deeper."""
    shares = LABELLED[format] | dict(labelled)
    return np.maximum.accumulate([shares[rank] for rank in reversed(RANKS[1:])])[::-1]


def depths(
    counts: np.ndarray,
    species: np.ndarray,
    shares: np.ndarray,
    overlooked: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """How deep each haplotype is annotated, as an index in RANKS.

    Species stand in line, familiar ones rather in front, and the line is cut where the shares of
    the records say; so the shares hold but for the size of the species at the cuts.

    Args:
        counts: (species,) specimens.
        species: (haplotypes,) the species of each.
        shares: (6,) as of `label_shares`.
        overlooked: share of the haplotypes of identified species labelled to the family.
    """
    below = np.arange(1, len(RANKS)) > FAMILY
    cuts = np.where(below, np.minimum(shares / (1.0 - overlooked), shares[FAMILY - 1]), shares)
    line = np.argsort(rng.exponential(size=len(counts)) / counts**FAMILIARITY)
    place = np.empty(len(counts))
    place[line] = (np.cumsum(counts[line]) - counts[line] / 2) / counts.sum()
    depth = np.searchsorted(-cuts, -place).astype(np.int8)[species]
    overlook = (depth > FAMILY) & (rng.random(len(species)) < overlooked)
    return np.where(overlook, np.int8(FAMILY), depth)


def split_haplotypes(
    sizes: np.ndarray,
    species: np.ndarray,
    labelled: np.ndarray,
    genus: np.ndarray,
    established: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """The split of each haplotype, as an index in SPLITS, with the guarantees of 5M §A4.5.

    The haplotypes of a species stand in a random order, small ones rather first. The first ones
    fill the test set up to a flattened target, the next ones give 5 % (unseen species: 20 %), at
    least one record, to validation, and the last one is always for training (or a key). The
    published procedure packs the targets tighter; the workflow's partition has that one.

    Args:
        sizes: (haplotypes,) records.
        species: (haplotypes,) ascending.
        labelled: (haplotypes,) whether annotated to the species; the others are for pretraining.
        genus: (species,) the genus of each.
        established: (species,) whether it has an established name.
    """
    order = np.flatnonzero(labelled)
    order = order[np.lexsort((sizes[order] * rng.random(len(order)), species[order]))]
    owner, size = species[order], sizes[order]
    records = np.bincount(owner, size, minlength=len(genus)).astype(np.int64)
    haplotypes = np.bincount(owner, minlength=len(genus))

    seen = established & (records > 0)
    unseen = ~established & np.isin(genus, genus[seen]) & (records >= 8)
    target = np.where(records >= 8, np.minimum(25, 4 + (records - 8) // 4), 0)
    position = _ordinals(owner)
    total = np.cumsum(size)
    first = np.arange(len(order)) - position
    taken = total - total[first] + size[first]  # of this species, so far
    spare = position < haplotypes[owner] - 1
    test = spare & (taken <= target[owner]) & (position < 1 + (haplotypes[owner] - 2) // 3)
    tested = np.bincount(owner, size * test, minlength=len(genus))
    left = records - tested
    quota = np.where(unseen, 0.20 * left, np.where(records >= 8, np.maximum(1, 0.05 * left), 0))
    val = spare & ~test & (taken <= (tested + quota)[owner])

    def pick(train: str, val_name: str, test_name: str) -> np.ndarray:
        names = np.where(test, SPLITS.index(test_name), SPLITS.index(train))
        return np.where(val, SPLITS.index(val_name), names)

    result = np.full(len(sizes), SPLITS.index("pretrain"), np.uint8)
    result[order] = np.select(
        [seen[owner], unseen[owner]],
        [pick("train", "val", "test"), pick("key_unseen", "val_unseen", "test_unseen")],
        SPLITS.index("other_heldout"),
    )
    return result


def _level(sizes: np.ndarray, total: float) -> float:
    """The height at which classes are cut so that `total` records remain."""
    ascending = np.sort(sizes)
    left = np.arange(len(sizes), 0, -1)
    filled = np.cumsum(ascending) - ascending + ascending * left
    lowest = min(int(np.searchsorted(filled, total)), len(sizes) - 1)
    return (total - ascending[:lowest].sum()) / left[lowest]


def experiments(
    classes: np.ndarray, subsets: Mapping[str, float], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Train (0), validation (1) and test (2) of nested subsets, -1 elsewhere (1M §4.1).

    Every class is divided 70/10/20; those with fewer than three records take no part. A subset
    takes from all classes alike up to the level that gives its size, so the rare ones stay whole.

    Args:
        classes: (records,) the class of each, -1 for none.
        subsets: size of each subset relative to all records of the experiment.
    """
    counts = np.bincount(classes[classes >= 0], minlength=1)
    taking_part = (classes >= 0) & (counts[classes] >= SMALLEST_CLASS)
    rows = np.flatnonzero(taking_part)
    rows = rows[np.lexsort((rng.random(len(rows)), classes[rows]))]
    count = counts[classes[rows]]
    validation = np.maximum(1, np.rint(VALIDATION_SHARE * count)).astype(np.int64)
    test = np.maximum(1, np.rint(TEST_SHARE * count)).astype(np.int64)
    position = _ordinals(classes[rows])
    role = (position >= validation).astype(np.int8) + (position >= validation + test)
    # Positions run through validation, test and train in turn; `within` starts anew in each.
    within = position - np.choose(role, [0, validation, validation + test])
    size = np.choose(role, [validation, test, count - validation - test])
    code = np.array([1, 2, 0], np.int8)[role]

    result = {}
    kept = counts[counts >= SMALLEST_CLASS]
    for name, share in subsets.items():
        level = _level(kept, share * kept.sum()) if len(kept) else 0.0
        inside = within < np.ceil(size * np.minimum(1.0, level / count))
        result[name] = np.full(len(classes), -1, np.int8)
        result[name][rows[inside]] = code[inside]
    return result


def _build(community: Community, format: Format) -> _World:
    def rng(purpose: str) -> np.random.Generator:
        return np.random.default_rng([community.seed, *purpose.encode()])

    tree = taxonomy.grow(
        community.species_count,
        rng("tree"),
        evenness=community.evenness,
        orders=community.orders,
        diptera_families=community.diptera_families,
        insects_only=community.insects_only,
    )
    genus = tree.parents["species"]
    first_bin, second_bin, codes = barcodes.assign_bins(genus, rng("bins"))
    names, established = taxonomy.name(
        tree,
        [codes[number] for number in first_bin],
        rng("names"),
        placeholder_genera=community.placeholder_genera,
        placeholder_species=community.placeholder_species,
    )

    species_count, total = community.species_count, community.specimens
    counts = 1 + rng("counts").multinomial(total - species_count, tree.abundance)
    sharing = barcodes.share(counts, rng("sharing"))
    sizes = np.bincount(sharing)
    species = np.repeat(np.arange(species_count), counts)[np.cumsum(sizes) - sizes]
    ordinal = _ordinals(species)
    in_second = (ordinal % 2 == 1) & (first_bin != second_bin)[species]

    depth = depths(
        counts,
        species,
        label_shares(community.labelled, format),
        community.overlooked,
        rng("depths"),
    )
    no_subfamily = names["subfamily"].is_null().to_numpy()[species]
    depth = np.where(no_subfamily & (depth == SUBFAMILY), np.int8(FAMILY), depth)

    shuffled = rng("shuffle").permutation(total)
    haplotype = sharing[shuffled]
    record_species = species[haplotype]
    record_depth = depth[haplotype]
    roles = {}
    if format == "bioscan1m":
        order, family = tree.ancestors("order"), tree.ancestors("family")
        by_order = np.where(record_depth >= ORDER, order[record_species], -1)
        diptera = tree.orders.index("Diptera") if "Diptera" in tree.orders else -1
        by_family = np.where(
            (record_depth >= FAMILY) & (by_order == diptera), family[record_species], -1
        )
        common = np.argsort(-np.bincount(by_family[by_family >= 0]), kind="stable")[:TOP_FAMILIES]
        by_family = np.where(np.isin(by_family, common), by_family, -1)
        for task, classes in {"insect_order": by_order, "diptera_family": by_family}.items():
            roles |= {
                f"{size}_{task}": role
                for size, role in experiments(classes, SUBSETS[task], rng(task)).items()
            }

    return _World(
        names=names,
        lineages=np.stack([tree.ancestors(r) for r in ("genus", "family", "order")], axis=1),
        centres=barcodes.evolve(tree, rng("evolution")),
        pixels=PIXELS * np.exp(rng("pixels").normal(0.0, PIXELS_BETWEEN, species_count)),
        bin_codes=pl.Series(codes),
        species=species,
        ordinal=ordinal,
        second_bin=in_second,
        bin_number=np.where(in_second, second_bin[species], first_bin[species]),
        depth=depth,
        split=split_haplotypes(sizes, species, depth == SPECIES, genus, established, rng("splits")),
        reads=barcodes.read(len(sizes), rng("reads")),
        haplotype=haplotype,
        copy=_ordinals(sharing)[shuffled],
        experiments=roles,
    )


def _draws(seed: int, purpose: str, start: int, count: int, each: int = 1) -> np.ndarray:
    """(count, each) uniform numbers of the items from `start` on, however they are framed."""
    generator = np.random.PCG64([seed, *purpose.encode()]).advance(start * each)
    return np.random.Generator(generator).random((count, each))


def _project_letters(project: int) -> str:
    """Three letters, different for 17,576 projects and in no order."""
    number = (project * 10_007 + 291) % 26**3
    return chr(65 + number // 676) + chr(65 + number // 26 % 26) + chr(65 + number % 26)


def _catches(seed: int, start: int, stop: int) -> pl.DataFrame:
    """Identifiers and places of the records from `start` to `stop`.

    "CRALA328-21" is record 328 of a Costa Rican project of 2021, "BIOUG84489-A03" the third well
    of the first row of a plate.
    """
    record = np.arange(start, stop)
    plate, well = np.divmod(record, WELLS)
    first, plates = int(plate[0]), int(plate[-1] - plate[0] + 1)
    numbers = first + np.arange(plates)
    # Steps of the golden ratio hold the shares of the places even with few plates.
    shares = np.cumsum(PLACES["traps"].to_numpy()) / PLACES["traps"].sum()
    place = np.searchsorted(shares, (0.3 + numbers * 0.618_033_988_75) % 1.0, side="right")
    which, year = _draws(seed, "plates", first, plates, 2).T
    site = np.floor(SITES * which**2)  # some sites yield more than others
    # The sites lie evenly within a quarter of a degree (steps of the plastic number).
    north, east = (0.5 * ((site * step) % 1.0 - 0.5) for step in (0.754_877_67, 0.569_840_29))

    of_plate = (
        PLACES[place]
        .with_columns(
            (pl.col("coord-lat") + pl.Series(north)).round(3),
            (pl.col("coord-lon") + pl.Series(east)).round(3),
            project=pl.col("country").replace_strict(_COUNTRY_CODES)
            + pl.Series([_project_letters(n // PLATES_PER_PROJECT) for n in numbers]),
            year=pl.Series(19 + np.floor(5 * year).astype(np.int64)),
            plate=pl.Series(FIRST_PLATE + numbers),
        )
        .drop("traps")
    )
    wells = pl.Series([f"{ROWS[n // COLUMNS]}{n % COLUMNS + 1:02d}" for n in range(WELLS)])
    running = record - plate // PLATES_PER_PROJECT * PLATES_PER_PROJECT * WELLS + 1
    place_known = _draws(seed, "coordinates", start, stop - start)[:, 0] >= WITHOUT_COORDINATES
    coordinates = [
        pl.when(pl.Series(place_known)).then(pl.col(name)).alias(name)
        for name in ("coord-lat", "coord-lon")
    ]
    return (
        of_plate[plate - first]
        .with_columns(*coordinates, well=wells.gather(well), running=pl.Series(running))
        .select(
            pl.format("{}{}-{}", "project", "running", "year").alias("processid"),
            pl.format("BIOUG{}-{}", "plate", "well").alias("sampleid"),
            "country",
            "province_state",
            "coord-lat",
            "coord-lon",
        )
    )


def _labels(
    world: _World, community: Community, start: int, haplotype: np.ndarray, copy: np.ndarray
) -> pl.DataFrame:
    """Published labels (phylum to species, tribe), and the truth columns.

    The first record of a barcode always keeps the depth of its labels, and at most every third
    one disagrees, so that the majority of a barcode is right.
    """
    seed, count = community.seed, len(haplotype)
    true, depth = world.species[haplotype], world.depth[haplotype]
    draws = {kind: _draws(seed, kind, start, count, 2) for kind in noise.WRITING}

    whether, how, which = _draws(seed, "conflict", start, count, 3).T
    rate = community.noise.get("conflict", 0.0)
    in_doubt = (depth == SPECIES) & (copy % 3 == 2) & (whether < rate)
    thought = np.where(in_doubt, noise.disagree(true, world.lineages, how, which), true)
    whether, how = _draws(seed, "shallower", start, count, 2).T
    rate = community.noise.get("shallower", 0.0)
    cut = (depth > FAMILY) & (copy > 0) & (whether < rate) & (thought == true)
    written = np.where(cut, noise.shallower(depth, ORDER, how), depth)

    # The ranks below the cut are null, and so is the tribe of what is not known to the genus.
    reach = {rank: index for index, rank in enumerate(RANKS)} | {"tribe": GENUS}
    annotated = pl.Series("annotated", written)
    labels = world.names[thought].select(
        *(
            pl.when(annotated >= reach[rank]).then(pl.col(rank)).alias(rank)
            for rank in world.names.columns
        ),
        pl.col("species").alias("intended"),
    )
    labels, miswritten = noise.miswrite(labels, community.noise, draws)

    kinds = {"shallower": cut, "conflict": thought != true} | miswritten
    names = [pl.when(pl.Series(mask)).then(pl.lit(kind)) for kind, mask in kinds.items()]
    truth = world.names[true].select(pl.col(rank).alias(f"true_{rank}") for rank in RANKS)
    return labels.drop("intended").with_columns(
        *truth,
        pl.Series(RANKS).gather(depth).alias("true_label_rank"),
        pl.concat_str(names, separator=",", ignore_nulls=True).replace("", None).alias("noise"),
    )


def _frame(
    world: _World, community: Community, format: Format, start: int, stop: int
) -> pl.DataFrame:
    """The records from `start` to `stop`."""
    seed, count = community.seed, stop - start
    haplotype, copy = world.haplotype[start:stop], world.copy[start:stop]
    species = world.species[haplotype]
    codons = barcodes.haplotype_codons(
        world.centres[species], world.ordinal[haplotype], species, world.second_bin[haplotype]
    )
    has_bin = _draws(seed, "no_bin", start, count)[:, 0] >= WITHOUT_BIN[format]
    common = (
        _catches(seed, start, stop)
        .hstack(_labels(world, community, start, haplotype, copy))
        .with_columns(
            most_specific_taxon(),
            pl.Series("dna_barcode", barcodes.sequences(codons, haplotype, world.reads)),
            pl.when(pl.Series(has_bin))
            .then(world.bin_codes.gather(world.bin_number[haplotype]))
            .alias("dna_bin"),
            pl.lit(0, pl.UInt8).alias("inferred_ranks"),
        )
    )
    if format == "bioscan1m":
        roles = pl.Series([*EXPERIMENT_SPLITS, None])
        special = common.select(
            (pl.col("sampleid") + ".jpg").alias("image_file"),
            pl.Series("image_part", np.arange(start, stop) // community.part_size + 1),
            *(
                pl.when(pl.col("order" if name.endswith("order") else "family").is_not_null())
                .then(roles.gather(np.where(role[start:stop] < 0, 3, role[start:stop])))
                .alias(name)
                for name, role in world.experiments.items()
            ),
        )
        hidden = ["country", "province_state", "coord-lat", "coord-lon"]
    else:
        split = pl.Series("split", SPLITS).gather(world.split[haplotype])
        special = pl.DataFrame(
            [
                split,
                chunks(common["processid"], split),
                _measure(world.pixels[species], _draws(seed, "pixels", start, count, 3)),
            ]
        )
        hidden = ["tribe"]
    known = common.drop(hidden).hstack(special)
    return known.select(
        *(
            (pl.col(name) if name in known.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in SCHEMA.items()
        ),
        *TRUTH_COLUMNS,
    )


def _measure(pixels: np.ndarray, draws: np.ndarray) -> pl.Series:
    """(n,) whole numbers of pixels of organisms, from (n, 3) uniform numbers; some are null."""
    # Box and Muller: a normal number from two uniform ones.
    normal = np.sqrt(-2 * np.log1p(-draws[:, 0])) * np.cos(2 * np.pi * draws[:, 1])
    value = np.clip(np.rint(pixels * np.exp(PIXELS_WITHIN * normal)), *PIXELS_RANGE)
    value[draws[:, 2] < WITHOUT_PIXELS] = np.nan
    return pl.Series("image_measurement_value", value).fill_nan(None)


def simulate(
    community: Community, format: Format, rows_per_frame: int = 100_000
) -> Iterator[pl.DataFrame]:
    """The records of a community, in published order.

    Args:
        format: decides which fields are known, and how many labels and BINs are missing.
        rows_per_frame: records that are text at the same time; changes nothing else.

    Yields:
        Frames with the columns of `core.records.SCHEMA`, as published before any cleaning, and
        `TRUTH_COLUMNS`: the lineage of the specimen, the deepest rank to which its barcode was
        annotated, and the kinds of noise that changed its labels, joined by commas.
    """
    world = _build(community, format)
    for start in range(0, community.specimens, rows_per_frame):
        stop = min(start + rows_per_frame, community.specimens)
        yield _frame(world, community, format, start, stop)


#: Columns of the 1M table in published order, and where each comes from: 1 to 22 as in 1M §A1.2,
#: then the copyright columns of the released file (1M Table A1).
BIOSCAN1M_COLUMNS: dict[str, pl.Expr] = {
    **{
        name: pl.col(column).fill_null(NO_SPLIT) if column in EXPERIMENTS else pl.col(column)
        for name, column in published.BIOSCAN1M_COLUMNS.items()
    },
    "copyright_license": pl.lit("CreativeCommons - Attribution Non-Commercial Share-Alike"),
    "copyright_holder": pl.lit("BIOSCAN simulation"),
    "copyright_institution": pl.lit("BIOSCAN simulation"),
    "copyright_contact": pl.lit("not a real specimen"),
    "photographer": pl.lit("simulated"),
    "author": pl.lit("simulated"),
}


class _TruthWriter:
    """Writes processid, the truth columns and the barcode, a row group a frame."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.select("processid", *TRUTH_COLUMNS, "dna_barcode").to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", use_dictionary=list(TRUTH_COLUMNS)
            )
        self._writer.write_table(table)

    def __enter__(self) -> "_TruthWriter":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()


def write_bioscan1m(frames: Iterable[pl.DataFrame], tsv: Path, truth: Path) -> None:
    """Write the metadata table of BIOSCAN-1M, and the truth beside it.

    A missing taxon is `not_classified`, a missing role `no_split` (1M §A1.2).
    """
    with (
        atomic(tsv) as tsv_part,
        atomic(truth) as truth_part,
        tsv_part.open("wb") as file,
        _TruthWriter(truth_part) as truths,
    ):
        for number, frame in enumerate(frames):
            frame.select(
                expression.alias(name) for name, expression in BIOSCAN1M_COLUMNS.items()
            ).write_csv(
                file,
                separator="\t",
                include_header=number == 0,
                null_value=NOT_CLASSIFIED,
            )
            truths.write(frame)


def write_bioscan5m(frames: Iterable[pl.DataFrame], archive: Path, truth: Path) -> None:
    """Write the zipped metadata table of BIOSCAN-5M, and the truth beside it.

    Missing is empty, and whole numbers that may be missing are written as "150502.0", as pandas
    does. The archive carries no time of writing, so equal records give equal bytes.
    """
    with (
        atomic(archive) as archive_part,
        atomic(truth) as truth_part,
        zipfile.ZipFile(archive_part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open(BIOSCAN5M_MEMBER, "w", force_zip64=True) as file,
        _TruthWriter(truth_part) as truths,
    ):
        for number, frame in enumerate(frames):
            text = io.BytesIO()
            frame.select(*BIOSCAN5M_SCHEMA).cast({"index_bioscan_1M_insect": pl.Float64}).write_csv(
                text, include_header=number == 0
            )
            file.write(text.getbuffer())
            truths.write(frame)
