"""The tables that describe a dataset, in the papers' rows and columns.

Values are rounded as the papers print them; only what they print in thousands is given in full.
What they print as empty or N/A is null.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.records import (
    EXPERIMENT_SPLITS,
    EXPERIMENTS,
    RANKS,
    SPECIES_SETS,
    SPLITS,
    TASKS,
)

#: The columns of a record that the tables count, and those that they measure.
LABELS = (
    *RANKS,
    "tribe",
    "taxon",
    "dna_bin",
    "country",
    "province_state",
    "split",
    "species_set",
    *EXPERIMENTS,
)
NUMBERS = ("coord-lat", "coord-lon", "image_measurement_value", "area_fraction", "scale_factor")

#: What each split is for (5M Table 3).
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


def read_records(path: Path) -> pl.DataFrame:
    """Read what the tables need of a dataset's records, once for all of them.

    Labels become categories and barcodes the numbers of categories, which tell texts apart
    exactly: five million records take 0.5 GiB in place of 5.
    """
    records = pl.scan_parquet(path)
    present = records.collect_schema().names()
    return records.select(
        pl.col([name for name in LABELS if name in present]).cast(pl.Categorical),
        pl.col(NUMBERS),
        # Apart from the labels, whose categories would otherwise be as many.
        pl.col("dna_barcode").cast(pl.Categorical(pl.Categories("barcodes"))).to_physical(),
    ).collect(engine="streaming")


# What several tables count


def count_attributes(
    records: pl.DataFrame, attributes: Mapping[str, Sequence[str]], decimals: int
) -> pl.DataFrame:
    """Count the categories of attributes.

    Args:
        attributes: the columns of each; a record has a label where it has all of them.
        decimals: of the percentages.

    Returns:
        attribute, categories, labelled, labelled_percent, unlabelled, unlabelled_percent,
        most_populated, least_populated (records of the largest and the smallest category),
        imbalance_ratio: the largest over the smallest, not rounded, null without categories.
    """
    sizes = {name: category_sizes(records, columns)["len"] for name, columns in attributes.items()}
    counted = pl.DataFrame(
        [
            (name, size.len(), size.sum(), size.max(), size.min(), records.height)
            for name, size in sizes.items()
        ],
        schema={
            "attribute": pl.String,
            **dict.fromkeys(
                ["categories", "labelled", "most_populated", "least_populated", "records"], pl.Int64
            ),
        },
        orient="row",
    ).with_columns(unlabelled=pl.col("records") - pl.col("labelled"))

    def percent(column: str) -> pl.Expr:
        share = 100 * pl.col(column) / pl.col("records")
        return share.fill_nan(None).round(decimals).alias(f"{column}_percent")

    return counted.select(
        "attribute",
        "categories",
        "labelled",
        percent("labelled"),
        "unlabelled",
        percent("unlabelled"),
        "most_populated",
        "least_populated",
        imbalance_ratio=pl.col("most_populated") / pl.col("least_populated"),
    )


def category_sizes(records: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Records of each category: `columns`, len. A category is what all the columns say together."""
    return records.select(columns).drop_nulls().group_by(columns).len()


def whole(column: str) -> pl.Expr:
    """A column as whole numbers, half to even: 5M Table A6 prints 1,837,658.5 as 1,837,658."""
    return pl.col(column).round(mode="half_to_even").cast(pl.Int64)


def count_categories(records: pl.DataFrame, column: str, groups: Sequence[str]) -> pl.DataFrame:
    """Categories of each rank in each group, and overall: `column`, RANKS."""
    categories = pl.col(RANKS).drop_nulls().n_unique()
    counted = records.group_by(pl.col(column).cast(pl.String)).agg(categories)
    overall = records.select(pl.lit("overall").alias(column), categories)
    return pl.concat(
        [
            pl.DataFrame({column: groups}).join(
                counted, on=column, how="left", maintain_order="left"
            ),
            overall,
        ]
    ).with_columns(pl.col(RANKS).fill_null(0))


def count_overlaps(records: pl.DataFrame, rank: str) -> np.ndarray:
    """Categories of a rank in common between each two splits: 8 x 8, both in order of SPLITS."""
    members = (
        records.select(rank, "split")
        .drop_nulls()
        .group_by(rank)
        .agg((pl.col("split") == split).any().alias(split) for split in SPLITS)
        .select(SPLITS)
        .cast(pl.Int64)
        .to_numpy()
    )
    return members.T @ members


# The tables


def ranks_1m(records: pl.DataFrame) -> pl.DataFrame:
    """Categories and labelled records of the taxonomic ranks and the BIN (1M Table 1)."""
    attributes = [*RANKS[:5], "tribe", *RANKS[5:], "dna_bin"]
    counted = count_attributes(records, {name: [name] for name in attributes}, decimals=1)
    return counted.select("attribute", "categories", "labelled", "labelled_percent")


def datasets_1m(records: pl.DataFrame) -> pl.DataFrame:
    """Size and imbalance of the dataset and of its two large experiments (1M Table 2, last rows).

    The imbalance of an experiment is that of its train split: 156,856.75, which is printed for
    BIOSCAN-Order, is 627,427 / 4, seven tenths of the 896,324 Diptera and of the 6 Embioptera.
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
        rows.append((name, part.height, categories, rank, imbalance))
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


def ranks(records: pl.DataFrame) -> pl.DataFrame:
    """Imbalance, categories and labelled records of ranks, BIN and barcode (5M Table 2).

    Barcodes are counted as written, N and all: so those of the splits (Table 3) add up to them.
    """
    attributes = [*RANKS, "dna_bin", "dna_barcode"]
    counted = count_attributes(records, {name: [name] for name in attributes}, decimals=1)
    return counted.select(
        "attribute", whole("imbalance_ratio"), "categories", "labelled", "labelled_percent"
    )


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
    return (
        named.join(counted, on="split", how="left", maintain_order="left")
        .with_columns(pl.col(quantities).fill_null(0))
        # No record of the unknown set has a species; the cell is empty in print.
        .with_columns(species=pl.when(pl.col("species_set") != "unknown").then("species"))
    )


def geography(records: pl.DataFrame) -> pl.DataFrame:
    """Categories, labelled and unlabelled records of the places (5M Table A4)."""
    attributes = {name: [name] for name in ("country", "province_state", "coord-lat", "coord-lon")}
    attributes["lat_lon"] = ["coord-lat", "coord-lon"]
    return count_attributes(records, attributes, decimals=2).select(
        "attribute",
        "categories",
        "labelled",
        "labelled_percent",
        "unlabelled",
        "unlabelled_percent",
        pl.col("imbalance_ratio").round(1),
    )


def distribution(records: pl.DataFrame) -> pl.DataFrame:
    """The largest and the smallest category, and their mean, median and spread (5M Table A5).

    The deviation is that of the population: with the ten classes' sum, largest and smallest as
    printed it can be 1,508,192.8 as printed, never that of a sample. Of equally large categories
    the alphabetically first is named (5M: one at random).
    """
    return pl.concat(_distribution(records, name) for name in (*RANKS, "taxon", "dna_bin"))


def _distribution(records: pl.DataFrame, attribute: str) -> pl.DataFrame:
    sizes = category_sizes(records, [attribute]).select(
        pl.col(attribute).cast(pl.String).alias("name"), pl.col("len").cast(pl.Int64).alias("size")
    )
    most = sizes.sort(["size", "name"], descending=[True, False]).head(1)
    least = sizes.sort("size", "name").head(1)
    return sizes.select(
        pl.lit(attribute).alias("attribute"),
        pl.len().cast(pl.Int64).alias("categories"),
        most_populated_name=pl.lit(most["name"]).first(),
        most_populated_size=pl.lit(most["size"]).first(),
        least_populated_name=pl.lit(least["name"]).first(),
        least_populated_size=pl.lit(least["size"]).first(),
        mean=pl.col("size").mean().round(1),
        median=pl.col("size").median().round(1),
        std=pl.col("size").std(ddof=0).round(1),
    )


def insecta(records: pl.DataFrame) -> pl.DataFrame:
    """Categories, labelled and unlabelled records of the class Insecta (5M Table A6)."""
    attributes = [*RANKS[2:], "taxon", "dna_bin", "dna_barcode"]
    insects = records.filter(pl.col("class") == "Insecta")
    return count_attributes(insects, {name: [name] for name in attributes}, decimals=2).select(
        "attribute",
        "categories",
        "labelled",
        "labelled_percent",
        "unlabelled",
        "unlabelled_percent",
        whole("imbalance_ratio"),
    )


def example_species(records: pl.DataFrame) -> pl.DataFrame:
    """Samples of some species of each set, and of their splits (5M Table A8).

    The species of the paper where the set holds any of them. Otherwise up to seven, from the most
    populated species to the least, at ranks that grow by a constant factor; equally populated
    species rank in alphabetical order.
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
    """The table of a rank's categories in common between splits (5M Tables A11 and A13)."""

    def table(records: pl.DataFrame) -> pl.DataFrame:
        return _matrix(count_overlaps(records, rank))

    return table


def overlap_percent(rank: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The same in percent of the row's categories (5M Tables A12 and A14), null without any."""

    def table(records: pl.DataFrame) -> pl.DataFrame:
        shared = count_overlaps(records, rank)
        of_row = np.diagonal(shared)[:, None]
        percent = np.divide(100 * shared, of_row, where=of_row > 0, out=np.full((8, 8), np.nan))
        return _matrix(percent).with_columns(pl.col(SPLITS).fill_nan(None).round(1))

    return table


def _matrix(values: np.ndarray) -> pl.DataFrame:
    names = pl.Series("partition", SPLITS)
    return pl.DataFrame(values, schema=list(SPLITS)).insert_column(0, names)


def diversity(records: pl.DataFrame) -> pl.DataFrame:
    """Labels, imbalance and genetic diversity of the ranks (5M slides, "Statistical Insights").

    `avg_sdi`: the mean over a rank's categories of the Shannon diversity index of the barcodes in
    a category, in bits. The slides' values are the authors' natural-log values over ln 2.
    """
    counted = count_attributes(records, {rank: [rank] for rank in RANKS}, decimals=1)
    genetic = pl.concat(_barcode_diversity(records, rank) for rank in RANKS)
    return counted.hstack(genetic).select(
        pl.col("attribute").alias("rank"),
        pl.col("labelled").alias("labelled_count"),
        "labelled_percent",
        "categories",
        whole("imbalance_ratio"),
        "most_populated",
        "least_populated",
        "unique_dna",
        "avg_sdi",
    )


def _barcode_diversity(records: pl.DataFrame, rank: str) -> pl.DataFrame:
    barcodes = category_sizes(records, [rank, "dna_barcode"])
    shannon = barcodes.group_by(rank).agg(pl.col("len").entropy(base=2))["len"]
    return pl.DataFrame(
        {"unique_dna": [barcodes["dna_barcode"].n_unique()], "avg_sdi": [shannon.mean()]},
        schema={"unique_dna": pl.Int64, "avg_sdi": pl.Float64},
    ).with_columns(pl.col("avg_sdi").round(2))


def columns(records: pl.DataFrame) -> pl.DataFrame:
    """Place and size in numbers (the fields that 5M §A2.1, §A2.2 and §A4.1 describe).

    Degrees for the coordinates; pixels of the organism for image_measurement_value. The deviation
    is that of the population, as in Table A5.
    """
    return pl.concat(
        records.select(
            pl.lit(name).alias("attribute"),
            pl.col(name).count().cast(pl.Int64).alias("count"),
            pl.col(name).null_count().cast(pl.Int64).alias("missing"),
            mean=pl.col(name).mean().round(4),
            std=pl.col(name).std(ddof=0).round(4),
            min=pl.col(name).min(),
            lower_quartile=pl.col(name).quantile(0.25, "linear"),
            median=pl.col(name).median(),
            upper_quartile=pl.col(name).quantile(0.75, "linear"),
            max=pl.col(name).max(),
        )
        for name in NUMBERS
    )


#: Every table: file name → how it is made of a dataset's records (read_records).
TABLES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "bioscan1m_table1": ranks_1m,
    "bioscan1m_table2": datasets_1m,
    "bioscan1m_table3": experiments,
    "bioscan5m_table2": ranks,
    "bioscan5m_table3": splits,
    "bioscan5m_tableA4": geography,
    "bioscan5m_tableA5": distribution,
    "bioscan5m_tableA6": insecta,
    "bioscan5m_tableA8": example_species,
    "bioscan5m_tableA9": taxa_per_species_set,
    "bioscan5m_tableA10": taxa_per_partition,
    "bioscan5m_tableA11": overlap("species"),
    "bioscan5m_tableA12": overlap_percent("species"),
    "bioscan5m_tableA13": overlap("genus"),
    "bioscan5m_tableA14": overlap_percent("genus"),
    "bioscan5m_slides_sdi": diversity,
    "ranks": ranks,
    "splits": splits,
    "geography": geography,
    "columns": columns,
}
