"""Tables of experiments, splits and species sets, in the papers' rows and columns.

Values are rounded as the papers print them. Cells that they print as empty or N/A are null.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
import polars as pl

from bioscan.core.records import EXPERIMENT_SPLITS, SPECIES_SETS, SPLITS, TASKS
from bioscan.describe.counts import (
    category_sizes,
    count_categories,
    count_overlaps,
    photographed,
)

#: Purpose of each split (5M Table 3).
PURPOSES = {
    "pretrain": "SSL, semi-sup. training",
    "train": "supervision; retrieval keys",
    "val": "model dev; retrieval queries",
    "test": "final eval; retrieval queries",
    "key_unseen": "retrieval keys",
    "val_unseen": "model dev; retrieval queries",
    "test_unseen": "final eval; retrieval queries",
    "other_heldout": "novelty detector training",
}

#: The species that 5M Table A8 shows of each set.
EXAMPLES = {
    "seen": (
        "Aacanthocnema dobsoni",
        "Glyptapanteles meganmiltonae",
        "Megaselia lucifrons",
        "Pseudomyrmex simplex",
        "Rhopalosiphoninus latysiphon",
        "Stenoptilodes brevipennis",
        "Zyras perdecoratus",
    ),
    "unseen": (
        "Anastatus sp. GG28",
        "Aristotelia BioLep531",
        "Glyptapanteles Whitfield155",
        "Megaselia BOLD:ACN5814",
        "Orthocentrus Malaise5315",
        "Phytomyptera Janzen3550",
        "Zatypota alborhombartaDHJ03",
    ),
    "heldout": (
        "Basileunculus sp. CR3",
        "Cryptophilus sp. SAEVG Morph0281",
        "Glyptapanteles Malaise2871",
        "Odontofroggatia corneri-MIC",
        "Palmistichus ixtlilxochitliDHJ01",
        "gelBioLep01 BioLep3792",
        "microMalaise01 Malaise1237",
    ),
}


def datasets_1m(records: pl.DataFrame) -> pl.DataFrame:
    """Size and imbalance of the dataset and of its two large experiments (1M Table 2, last rows).

    Images are records with a photograph; categories and imbalance are those of all records. The
    imbalance of an experiment is that of its train split: the 156,856.75 printed for BIOSCAN-Order
    is 627,427 / 4, seven tenths of the 896,324 Diptera and of the 6 Embioptera.
    """
    order, family = pl.col("large_insect_order"), pl.col("large_diptera_family")
    datasets = {
        "BIOSCAN-1M Insect": ("dna_bin", "Barcode Index (BIN)", pl.lit(True), pl.lit(True)),
        "BIOSCAN-Order": ("order", "Order", order.is_not_null(), order == "train"),
        "BIOSCAN-Diptera": ("family", "Family", family.is_not_null(), family == "train"),
    }
    rows = []
    for name, (label, rank, taken, trained) in datasets.items():
        part = records.filter(taken)
        sizes = category_sizes(part.filter(trained), [label])["len"]
        categories = category_sizes(part, [label]).height
        imbalance = round(sizes.max() / sizes.min(), 2) if sizes.len() else None
        rows.append((name, photographed(part).height, categories, rank, imbalance))
    columns = ["name", "images", "categories", "taxonomic_rank", "imbalance_beta"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def experiments(records: pl.DataFrame) -> pl.DataFrame:
    """Samples of each split, and classes, of the six experiments (1M Table 3)."""
    rows = []
    for size, task in product(("large", "medium", "small"), ("insect_order", "diptera_family")):
        part = records.filter(pl.col(f"{size}_{task}").is_not_null())
        samples = [(part[f"{size}_{task}"] == split).sum() for split in EXPERIMENT_SPLITS]
        classes = category_sizes(part, [TASKS[task]]).height
        rows.append((task, size, part.height, *samples, classes))
    columns = ["task", "size", "total", *EXPERIMENT_SPLITS, "categories"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def splits(records: pl.DataFrame) -> pl.DataFrame:
    """Samples, barcodes and species of each split (5M Table 3)."""
    counted = records.group_by(pl.col("split").cast(pl.String)).agg(
        pl.len().alias("samples"),
        pl.col("dna_barcode").drop_nulls().n_unique().alias("barcodes"),
        pl.col("species").drop_nulls().n_unique().alias("species"),
    )
    rows = [(SPECIES_SETS[split], split, purpose) for split, purpose in PURPOSES.items()]
    named = pl.DataFrame(rows, schema=["species_set", "split", "purpose"], orient="row")
    quantities = ["samples", "barcodes", "species"]
    return named.join(counted, on="split", how="left", maintain_order="left").with_columns(
        pl.col(quantities).fill_null(0)
    )


def example_species(records: pl.DataFrame) -> pl.DataFrame:
    """Samples of some species of each set, and of their splits (5M Table A8).

    These are the species of the paper where the set holds any of them. Otherwise up to seven are
    taken, from the most populated species to the least, at positions that grow by a constant
    factor; equally populated species are in alphabetical order.
    """
    val = pl.col("split").is_in(["val", "val_unseen"])
    test = pl.col("split").is_in(["test", "test_unseen"])
    divided = pl.col("species_set") != "heldout"
    species = (
        records.select(pl.col("species_set", "genus", "species", "split").cast(pl.String))
        .filter(pl.col("species").is_not_null())
        .group_by("species_set", "species")
        .agg(
            pl.col("genus").first(),
            all=pl.len(),
            train_or_keys=(~val & ~test).sum(),
            val=val.sum(),
            test=test.sum(),
        )
        .with_columns(pl.when(divided).then(pl.col("train_or_keys", "val", "test")))
    )
    shown = []
    for species_set, published in EXAMPLES.items():
        candidates = species.filter(species_set=species_set).sort(
            ["all", "species"], descending=[True, False]
        )
        known = candidates.filter(pl.col("species").is_in(published))
        if known.is_empty():
            places = np.geomspace(1, max(1, candidates.height), len(published)).round() - 1
            known = candidates[np.unique(places.astype(int))[: candidates.height]]
        shown.append(known.sort("species"))
    columns = ["species_set", "genus", "species", "all", "train_or_keys", "val", "test"]
    return pl.concat(shown).select(columns)


def taxa_per_species_set(records: pl.DataFrame) -> pl.DataFrame:
    """Categories of each rank in each species set (5M Table A9)."""
    return count_categories(records, "species_set", list(dict.fromkeys(SPECIES_SETS.values())))


def taxa_per_partition(records: pl.DataFrame) -> pl.DataFrame:
    """Categories of each rank in each split (5M Table A10)."""
    return count_categories(records, "split", SPLITS).rename({"split": "partition"})


def overlap(rank: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The function that counts a rank's categories shared by splits (5M Tables A11 and A13)."""

    def table(records: pl.DataFrame) -> pl.DataFrame:
        return _matrix(count_overlaps(records, rank))

    return table


def overlap_percent(rank: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """As `overlap`, in percent of the row's categories (5M Tables A12, A14); null without any."""

    def table(records: pl.DataFrame) -> pl.DataFrame:
        shared = count_overlaps(records, rank)
        of_row = np.diagonal(shared)[:, None]
        percent = np.divide(100 * shared, of_row, where=of_row > 0, out=np.full((8, 8), np.nan))
        return _matrix(percent).with_columns(pl.col(SPLITS).fill_nan(None).round(1))

    return table


def _matrix(values: np.ndarray) -> pl.DataFrame:
    names = pl.Series("partition", SPLITS)
    return pl.DataFrame(values, schema=list(SPLITS)).insert_column(0, names)
