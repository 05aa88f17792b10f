"""Simulated records in the published formats, with the truth beside them.

The records of a barcode are labelled alike, apart from the label noise. Numbers of the whole
community are kept in arrays (`population`); text exists for one frame at a time. The random numbers
of a record depend on the seed and its position only, so the size of the frames changes nothing.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from bioscan.core.formats import Format
from bioscan.core.published import chunks
from bioscan.core.records import EXPERIMENT_SPLITS, RANKS, SCHEMA, SPLITS, most_specific_taxon
from bioscan.simulate import barcodes, draws, noise, plates
from bioscan.simulate.annotation import FAMILY, GENUS, ORDER, SPECIES
from bioscan.simulate.community import Community
from bioscan.simulate.population import Population, populate

#: The lineage of the specimen, the deepest rank to which its barcode was identified, and the kinds
#: of noise that changed its labels, joined by commas; and whether the specimen has a photograph.
TRUTH_COLUMNS: tuple[str, ...] = (
    *(f"true_{rank}" for rank in RANKS),
    "true_label_rank",
    "noise",
    "photographed",
)

#: Share of the records without a BIN: 13,409 of 5,150,850; none in 1M (5M Table 2).
WITHOUT_BIN: dict[Format, float] = {"bioscan1m": 0.0, "bioscan5m": 0.0026}

#: The copyright columns of 1M.
RIGHTS = {
    "copyright_license": "CreativeCommons - Attribution Non-Commercial Share-Alike",
    "copyright_holder": "BIOSCAN simulation",
    "copyright_institution": "BIOSCAN simulation",
    "copyright_contact": "not a real specimen",
    "photographer": "simulated",
    "author": "simulated",
}

#: Share of the records without a pixel count (< 1 %; 5M §A2.2).
WITHOUT_PIXELS = 0.006

#: Log-normal spread of the pixel count within a species, and the range of pixel counts.
PIXELS_WITHIN, PIXELS_RANGE = 0.25, (200, 600_000)


def simulate(
    community: Community, format: Format, rows_per_frame: int = 100_000
) -> Iterator[pl.DataFrame]:
    """The records of a community, in published order.

    Args:
        community: the settings.
        format: decides which fields are known, and how many labels and BINs are missing.
        rows_per_frame: records that are held as text at the same time; changes nothing else.

    Yields:
        Frames with the columns of `core.records.SCHEMA`, as published before any cleaning, and
        `TRUTH_COLUMNS`.

    Raises:
        InputError: the community has fewer species than orders.
    """
    population = populate(community, format)
    for start in range(0, community.specimens, rows_per_frame):
        stop = min(start + rows_per_frame, community.specimens)
        yield _frame(population, community, format, start, stop)


def _frame(
    population: Population, community: Community, format: Format, start: int, stop: int
) -> pl.DataFrame:
    """The records from `start` to `stop`."""
    seed, count = community.seed, stop - start
    haplotype = population.haplotype[start:stop]
    species = population.species[haplotype]
    codons = barcodes.haplotype_codons(
        population.centres[species],
        population.ordinal[haplotype],
        species,
        population.second_bin[haplotype],
    )
    has_bin = draws.uniform(seed, "no_bin", start, count)[:, 0] >= WITHOUT_BIN[format]
    common = (
        plates.identify(seed, start, stop)
        .hstack(_labels(population, community, start, stop))
        .with_columns(
            most_specific_taxon(),
            pl.Series("dna_barcode", barcodes.sequences(codons, haplotype, population.reads)),
            pl.when(pl.Series(has_bin))
            .then(population.bin_codes.gather(population.bin_number[haplotype]))
            .alias("dna_bin"),
            pl.lit(0, pl.UInt8).alias("inferred_ranks"),
            pl.Series("photographed", population.photographed[start:stop]),
        )
    )
    if format == "bioscan1m":
        special = common.select(
            (pl.col("sampleid") + ".jpg").alias("image_file"),
            pl.Series("image_part", np.arange(start, stop) // community.part_size + 1),
            *_experiments(population, start, stop),
            **{name: pl.lit(value) for name, value in RIGHTS.items()},
        )
        hidden = ["country", "province_state", "coord-lat", "coord-lon"]
    else:
        split = pl.Series("split", SPLITS).gather(population.split[haplotype])
        pixels = _pixel_counts(
            population.pixels[species],
            draws.uniform(seed, "pixels", start, count, 3),
            population.photographed[start:stop],
        )
        special = pl.DataFrame([split, chunks(common["processid"], split), pixels])
        hidden = ["tribe"]
    known = common.drop(hidden).hstack(special)
    return known.select(
        *(
            (pl.col(name) if name in known.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in SCHEMA.items()
        ),
        *TRUTH_COLUMNS,
    )


def _labels(population: Population, community: Community, start: int, stop: int) -> pl.DataFrame:
    """Published labels (phylum to species, tribe), and the truth columns.

    The first record of a barcode always keeps the depth of its labels, and at most every third
    one disagrees, so that the majority of a barcode is right.
    """
    seed, count = community.seed, stop - start
    haplotype, copy = population.haplotype[start:stop], population.copy[start:stop]
    true, depth = population.species[haplotype], population.depth[haplotype]
    chances = {kind: draws.uniform(seed, kind, start, count, 2) for kind in noise.WRITING}

    whether, how, which = draws.uniform(seed, "conflict", start, count, 3).T
    rate = community.noise.get("conflict", 0.0)
    in_doubt = (depth == SPECIES) & (copy % 3 == 2) & (whether < rate)
    thought = np.where(in_doubt, noise.disagree(true, population.lineages, how, which), true)
    whether, how = draws.uniform(seed, "shallower", start, count, 2).T
    rate = community.noise.get("shallower", 0.0)
    cut = (depth > FAMILY) & (copy > 0) & (whether < rate) & (thought == true)
    written = np.where(cut, noise.shallower(depth, ORDER, how), depth)

    # Ranks below the cut are null, and so is the tribe where the genus is unknown.
    reach = {rank: index for index, rank in enumerate(RANKS)} | {"tribe": GENUS}
    annotated = pl.Series("annotated", written)
    labels = population.names[thought].select(
        *(
            pl.when(annotated >= reach[rank]).then(pl.col(rank)).alias(rank)
            for rank in population.names.columns
        ),
        pl.col("species").alias("intended"),
    )
    labels, miswritten = noise.miswrite(labels, community.noise, chances)

    kinds = {"shallower": cut, "conflict": thought != true} | miswritten
    names = [pl.when(pl.Series(mask)).then(pl.lit(kind)) for kind, mask in kinds.items()]
    truth = population.names[true].select(pl.col(rank).alias(f"true_{rank}") for rank in RANKS)
    return labels.drop("intended").with_columns(
        *truth,
        pl.Series(RANKS).gather(depth).alias("true_label_rank"),
        pl.concat_str(names, separator=",", ignore_nulls=True).replace("", None).alias("noise"),
    )


def _experiments(population: Population, start: int, stop: int) -> Iterator[pl.Expr]:
    """The experiment columns of 1M; null where the label that makes the class is hidden."""
    roles = pl.Series([*EXPERIMENT_SPLITS, None])
    for name, role in population.experiments.items():
        label = "order" if name.endswith("order") else "family"
        known = roles.gather(np.where(role[start:stop] < 0, 3, role[start:stop]))
        yield pl.when(pl.col(label).is_not_null()).then(known).alias(name)


def _pixel_counts(median: np.ndarray, chances: np.ndarray, photographed: np.ndarray) -> pl.Series:
    """The number of pixels that each organism covers; null for a share of the records, and where
    there is no photograph to count them in.

    Args:
        median: (n,) median of the species, pixels.
        chances: (n, 3) uniform numbers.
        photographed: (n,) whether the record has a photograph.
    """
    # Box and Muller: a normal number from two uniform ones.
    normal = np.sqrt(-2 * np.log1p(-chances[:, 0])) * np.cos(2 * np.pi * chances[:, 1])
    value = np.clip(np.rint(median * np.exp(PIXELS_WITHIN * normal)), *PIXELS_RANGE)
    value[(chances[:, 2] < WITHOUT_PIXELS) | ~photographed] = np.nan
    return pl.Series("image_measurement_value", value).fill_nan(None)
