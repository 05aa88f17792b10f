"""The members of a simulated community, kept as arrays of numbers (about 100 bytes per record).

Each species gets specimens (multinomial, at least one each), the specimens share barcodes, and
each barcode is identified to some depth (`annotation`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from bioscan.core.formats import Format
from bioscan.simulate import barcodes, draws, names, taxonomy
from bioscan.simulate.annotation import (
    FAMILY,
    ORDER,
    SPECIES,
    SUBFAMILY,
    annotate,
    label_shares,
)
from bioscan.simulate.community import Community
from bioscan.simulate.splits import (
    SUBSETS,
    TOP_FAMILIES,
    ordinals,
    split_classes,
    split_haplotypes,
)

#: Median number of pixels that an organism covers, of 1024 × 768, and its log-normal spread
#: between species. Real records have 8,605 to 139,744 (the five in the browser).
PIXELS, PIXELS_BETWEEN = 16_000.0, 0.8


@dataclass(frozen=True)
class Population:
    """Species and haplotypes sorted by lineage, and records in published order.

    Attributes:
        names: one row per species, as returned by `names.name_species`.
        lineages: (species, 3) genus, family, order.
        centres: (species, 219) codons of the central haplotype.
        pixels: (species,) median pixels of an organism.
        bin_codes: the code of every BIN.
        species: (haplotypes,) the species of each haplotype.
        ordinal: (haplotypes,) its number within the species.
        second_bin: (haplotypes,) whether it belongs to the second BIN of the species.
        bin_number: (haplotypes,) row of `bin_codes`.
        depth: (haplotypes,) index in RANKS of the deepest rank to which it is identified.
        split: (haplotypes,) index in SPLITS.
        reads: (haplotypes,) the defects of the reads.
        haplotype: (records,) the haplotype of each record.
        copy: (records,) its number among the records of the haplotype.
        photographed: (records,) whether it has a photograph.
        experiments: (records,) for each 1M experiment, an index in EXPERIMENT_SPLITS or -1;
            records whose label the noise hides are taken out later.
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
    photographed: np.ndarray
    experiments: dict[str, np.ndarray]


def populate(community: Community, format: Format) -> Population:
    """Draw the members of a community.

    Raises:
        InputError: the community has fewer species than orders.
    """

    def rng(purpose: str) -> np.random.Generator:
        return draws.generator(community.seed, purpose)

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
    species_names, established = names.name_species(
        tree,
        [codes[number] for number in first_bin],
        rng("names"),
        placeholder_genera=community.placeholder_genera,
        placeholder_species=community.placeholder_species,
    )

    species_count, total = community.species_count, community.specimens
    counts = 1 + rng("counts").multinomial(total - species_count, tree.abundance)
    sharing = barcodes.assign_haplotypes(counts, rng("sharing"))
    sizes = np.bincount(sharing)
    species = np.repeat(np.arange(species_count), counts)[np.cumsum(sizes) - sizes]
    ordinal = ordinals(species)
    in_second = (ordinal % 2 == 1) & (first_bin != second_bin)[species]

    depth = annotate(
        counts,
        species,
        label_shares(community.labelled, format),
        community.overlooked,
        rng("depths"),
    )
    no_subfamily = species_names["subfamily"].is_null().to_numpy()[species]
    depth = np.where(no_subfamily & (depth == SUBFAMILY), np.int8(FAMILY), depth)

    shuffled = rng("shuffle").permutation(total)
    haplotype = sharing[shuffled]
    experiments = {}
    if format == "bioscan1m":
        for task, classes in _classes(tree, species[haplotype], depth[haplotype]).items():
            experiments |= {
                f"{size}_{task}": role
                for size, role in split_classes(classes, SUBSETS[task], rng(task)).items()
            }

    return Population(
        names=species_names,
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
        reads=barcodes.draw_reads(len(sizes), rng("reads")),
        haplotype=haplotype,
        copy=ordinals(sharing)[shuffled],
        photographed=rng("photographs").permutation(total) < (community.photographs or total),
        experiments=experiments,
    )


def _classes(tree: taxonomy.Tree, species: np.ndarray, depth: np.ndarray) -> dict[str, np.ndarray]:
    """The class of each record in the two tasks of 1M (§4), -1 for none.

    Args:
        species: (records,) the species of each record.
        depth: (records,) index in RANKS of the deepest labelled rank.
    """
    order, family = tree.ancestors("order"), tree.ancestors("family")
    by_order = np.where(depth >= ORDER, order[species], -1)
    diptera = tree.orders.index("Diptera") if "Diptera" in tree.orders else -1
    by_family = np.where((depth >= FAMILY) & (by_order == diptera), family[species], -1)
    common = np.argsort(-np.bincount(by_family[by_family >= 0]), kind="stable")[:TOP_FAMILIES]
    by_family = np.where(np.isin(by_family, common), by_family, -1)
    return {"insect_order": by_order, "diptera_family": by_family}
