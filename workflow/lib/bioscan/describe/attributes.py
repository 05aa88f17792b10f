"""Tables of attributes (ranks, BIN, barcode, places, numbers), in the papers' rows and columns.

Values are rounded as the papers print them; counts that they print in thousands are given in full.
Cells that they print as empty or N/A are null.
"""

import polars as pl

from bioscan.core.records import RANKS
from bioscan.core.sizes import SIZES_MM
from bioscan.describe.counts import (
    MEASURED_COLUMNS,
    category_sizes,
    count_attributes,
    whole,
)

#: The columns of 5M Tables A4 and A6 before the imbalance ratio.
_COVERAGE = (
    "attribute",
    "categories",
    "labelled",
    "labelled_percent",
    "unlabelled",
    "unlabelled_percent",
)


def ranks_1m(records: pl.DataFrame) -> pl.DataFrame:
    """Categories and labelled records of the ranks and the BIN (1M Table 1).

    And of the barcode, which 5M Table 2 prints of BIOSCAN-1M.
    """
    attributes = [*RANKS[:5], "tribe", *RANKS[5:], "dna_bin", "dna_barcode"]
    counted = count_attributes(records, {name: [name] for name in attributes}, decimals=1)
    return counted.select("attribute", "categories", "labelled", "labelled_percent")


def ranks(records: pl.DataFrame) -> pl.DataFrame:
    """Imbalance, categories and labelled records of ranks, BIN and barcode (5M Table 2).

    Barcodes are counted as written, with their N, so that the splits of Table 3 add up to them.
    """
    attributes = [*RANKS, "dna_bin", "dna_barcode"]
    counted = count_attributes(records, {name: [name] for name in attributes}, decimals=1)
    return counted.select(
        "attribute", whole("imbalance_ratio"), "categories", "labelled", "labelled_percent"
    )


def geography(records: pl.DataFrame) -> pl.DataFrame:
    """Categories, labelled and unlabelled records of the places (5M Table A4)."""
    attributes = {name: [name] for name in ("country", "province_state", "coord-lat", "coord-lon")}
    attributes["lat_lon"] = ["coord-lat", "coord-lon"]
    return count_attributes(records, attributes, decimals=2).select(
        *_COVERAGE, pl.col("imbalance_ratio").round(1)
    )


def insecta(records: pl.DataFrame) -> pl.DataFrame:
    """Categories, labelled and unlabelled records of the class Insecta (5M Table A6)."""
    attributes = [*RANKS[2:], "taxon", "dna_bin", "dna_barcode"]
    insects = records.filter(pl.col("class") == "Insecta")
    return count_attributes(insects, {name: [name] for name in attributes}, decimals=2).select(
        *_COVERAGE, whole("imbalance_ratio")
    )


def distribution(records: pl.DataFrame) -> pl.DataFrame:
    """Largest and smallest category, mean, median and standard deviation (5M Table A5).

    The standard deviation is that of the population: with the printed sum, largest and smallest of
    the ten classes, it can be 1,508,192.8 as printed, while that of a sample cannot. The
    alphabetically first of equally large categories is named (5M: one at random).
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


def diversity(records: pl.DataFrame) -> pl.DataFrame:
    """Labels, imbalance and genetic diversity of the ranks (5M slides, "Statistical Insights").

    `avg_sdi` is the Shannon diversity index of the barcodes in a category, in bits, averaged over a
    rank's categories. The slides' values are the authors' natural-log values divided by ln 2.
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
    # Sorted, as a sum of floats depends on the order.
    shannon = barcodes.group_by(rank).agg(pl.col("len").sort().entropy(base=2))["len"].sort()
    return pl.DataFrame(
        {"unique_dna": [barcodes["dna_barcode"].n_unique()], "avg_sdi": [shannon.mean()]},
        schema={"unique_dna": pl.Int64, "avg_sdi": pl.Float64},
    ).with_columns(pl.col("avg_sdi").round(2))


def columns(records: pl.DataFrame) -> pl.DataFrame:
    """Distributions of coordinates and sizes (the fields of 5M §A2.1, §A2.2 and §A4.1).

    Coordinates are in degrees, image_measurement_value in pixels of the organism, SIZES_MM in mm
    and mm². The standard deviation is that of the population, as in Table A5.
    """
    sizes = [name for name in SIZES_MM if name in records.columns]
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
        for name in (*MEASURED_COLUMNS, *sizes)
    )
