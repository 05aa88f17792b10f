"""Reading and counting a dataset's records, shared by all tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.records import EXPERIMENTS, RANKS, SPLITS
from bioscan.core.sizes import SIZES_MM, box_length, sizes_mm

#: The columns of a record whose categories the tables count.
COUNTED_COLUMNS = (
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

#: The numeric columns whose distribution the tables describe.
MEASURED_COLUMNS = (
    "coord-lat",
    "coord-lon",
    "image_measurement_value",
    "area_fraction",
    "scale_factor",
)


#: The columns that boxes measure → those of the boxes.
MEASURED_BY_BOXES = {
    "image_measurement_value": "pixels",
    "area_fraction": "area_fraction",
    "scale_factor": "scale_factor",
}


#: The size of a record's photograph, in pixels: column → that of the image index.
PHOTOGRAPH_COLUMNS = {"photograph_width": "width", "photograph_height": "height"}


def read_records(
    path: Path,
    boxes: Path | None = None,
    mm_per_pixel: float | None = None,
    images: Path | None = None,
) -> pl.DataFrame:
    """Read the columns of a dataset's records that the tables need, once for all tables.

    Labels are read as categories and barcodes as the numbers of categories, which are equal
    exactly where the texts are: five million records take 0.5 GiB in place of 5.

    Args:
        path: the partitioned records (Parquet).
        boxes: the boxes of their images (Parquet, detect's BOXES_SCHEMA), for sizes that the
            source does not carry.
        mm_per_pixel: of the original images; adds SIZES_MM, where there are boxes.
        images: the index of their photographs (Parquet, IMAGE_INDEX_SCHEMA), which adds
            `photograph` (whether there is one) and PHOTOGRAPH_COLUMNS.

    Returns:
        One row per record: COUNTED_COLUMNS (those in the file), MEASURED_COLUMNS, dna_barcode.
    """
    records = pl.scan_parquet(path)
    present = records.collect_schema().names()
    if boxes is not None:
        records = _with_sizes(records, pl.scan_parquet(boxes), mm_per_pixel)
    if images is not None:
        sizes = pl.scan_parquet(images).select("processid", photograph=True, **PHOTOGRAPH_COLUMNS)
        records = records.join(sizes, on="processid", how="left", maintain_order="left")
        records = records.with_columns(pl.col("photograph").fill_null(False))
    return records.select(
        pl.col([name for name in COUNTED_COLUMNS if name in present]).cast(pl.Categorical),
        pl.col(MEASURED_COLUMNS),
        *(SIZES_MM if boxes is not None and mm_per_pixel else ()),
        *(("photograph", *PHOTOGRAPH_COLUMNS) if images is not None else ()),
        # In categories of their own, as there are millions; labels have thousands.
        pl.col("dna_barcode").cast(pl.Categorical(pl.Categories("barcodes"))).to_physical(),
    ).collect(engine="streaming")


def photographed(records: pl.DataFrame) -> pl.DataFrame:
    """The records that have a photograph; all, where none is known, as of published metadata."""
    return records.filter("photograph") if "photograph" in records.columns else records


def _with_sizes(
    records: pl.LazyFrame, boxes: pl.LazyFrame, mm_per_pixel: float | None
) -> pl.LazyFrame:
    """The records with the sizes that boxes measure where they have none."""
    measured = boxes.select(
        "processid",
        box_length().alias("box_length"),
        *(pl.col(name).alias(f"{name}_measured") for name in MEASURED_BY_BOXES.values()),
    )
    joined = records.join(measured, on="processid", how="left", maintain_order="left")
    joined = joined.with_columns(
        pl.coalesce(name, f"{box}_measured") for name, box in MEASURED_BY_BOXES.items()
    )
    if mm_per_pixel is None:
        return joined
    return joined.with_columns(sizes_mm(mm_per_pixel))


def count_attributes(
    records: pl.DataFrame, attributes: Mapping[str, Sequence[str]], decimals: int
) -> pl.DataFrame:
    """Count the categories of attributes.

    Args:
        attributes: name → columns; a record has a label where none of the columns is null.
        decimals: of the percentages.

    Returns:
        One row per attribute: attribute, categories, labelled, labelled_percent, unlabelled,
        unlabelled_percent, most_populated, least_populated (records of the largest and the smallest
        category), imbalance_ratio (the quotient of these, not rounded, null without categories).
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
    """Records per category, a combination of values of all columns: `columns`, len."""
    return records.select(columns).drop_nulls().group_by(columns).len()


def whole(column: str) -> pl.Expr:
    """A column as whole numbers, half to even: 5M Table A6 prints 1,837,658.5 as 1,837,658."""
    return pl.col(column).round(mode="half_to_even").cast(pl.Int64)


def count_categories(records: pl.DataFrame, column: str, groups: Sequence[str]) -> pl.DataFrame:
    """Categories of each rank: `column`, RANKS; one row per group and one for all records."""
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
    """Categories of a rank shared by each two splits: (8, 8), both in the order of SPLITS."""
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
