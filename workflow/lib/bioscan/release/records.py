"""The released records, with the columns that a release adds."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from bioscan.core.errors import InputError, first_ten
from bioscan.core.formats import Format
from bioscan.core.published import chunks
from bioscan.core.records import SPLITS
from bioscan.core.sizes import box_length, sizes_mm

#: Whether `area_fraction` and `scale_factor` are those of the boxes of this run, or, where the
#: source has them, those of the source.
Sizes = Literal["measured", "published"]

#: The columns of a record that follow from its box.
BOX_SIZES = ("area_fraction", "scale_factor")

#: The columns by which a published format names an image, and the remedy where one is missing.
NAMED_BY: dict[Format, tuple[tuple[str, ...], str]] = {
    "bioscan1m": (("image_file", "image_part"), "add image_file and chunk_number to the source"),
    "bioscan5m": (("split",), "add them to the source, or set partition.method to recompute"),
}

#: Records that are read, and those that are yielded, at a time. Fewer would read each group of rows
#: of the Parquet file more often.
READ, BATCH = 100_000, 10_000


def is_released(processid: pl.Series, packages: Sequence[pl.Series]) -> pl.Series:
    """Whether each record has an image in every package; all are, where there is none.

    The others (without an insect, unreadable, without an image) are in the table of quarantined
    images. Without them all files of a release name the same specimens.

    Args:
        processid: of the records.
        packages: the processids of each package.

    Returns:
        A boolean per record, in their order.
    """
    released = pl.repeat(True, len(processid), eager=True).alias("released")
    for packed in packages:
        released &= processid.is_in(packed.implode())
    return released


def release_columns(
    records: pl.DataFrame,
    boxes: pl.DataFrame | None,
    packages: Sequence[pl.Series],
    sizes: Sizes = "measured",
) -> pl.DataFrame:
    """The columns that a release adds to the records: one row per record, in their order.

    Args:
        records: processid, split, BOX_SIZES and image_measurement_value.
        boxes: processid, BOX_SIZES and `pixels`, those that the organism was seen to occupy; None
            where nothing was detected.
        packages: the processids of each package.
        sizes: which BOX_SIZES are released.

    Returns:
        BOX_SIZES; image_measurement_value, which is measured only where the source has none; chunk
        (of the current split; null where there is none); and `released`.
    """
    given = records.select("processid", *BOX_SIZES, "image_measurement_value")
    if boxes is not None:
        measured = boxes.rename({name: f"{name}_measured" for name in BOX_SIZES})
        given = given.join(measured, on="processid", how="left", maintain_order="left")
        given = given.with_columns(
            *(
                pl.coalesce(name, f"{name}_measured")
                if sizes == "published"
                else pl.col(f"{name}_measured").alias(name)
                for name in BOX_SIZES
            ),
            pl.coalesce("image_measurement_value", "pixels"),
        )
    return given.select(*BOX_SIZES, "image_measurement_value").with_columns(
        chunks(records["processid"], records["split"]),
        is_released(records["processid"], packages),
    )


def read_released(
    format: Format,
    records: Path,
    boxes: Path | None,
    indices: Sequence[Path],
    sizes: Sizes = "measured",
    index: Path | None = None,
) -> pl.LazyFrame:
    """The released records, in their order, with the columns of `release_columns`.

    These columns, 40 bytes per record, are in memory; all others are read as they are needed.

    Args:
        format: in which they are released.
        records: the partitioned records (Parquet).
        boxes: the boxes of all images (Parquet, detect's BOXES_SCHEMA), if there are any.
        indices: index.parquet of the released packages.
        sizes: see `release_columns`.
        index: index.parquet of a package; adds `shard` and `row` of each image in its packs.

    Raises:
        InputError: see `require_names`.
    """
    known, added = _parts(format, records, boxes, indices, sizes, index)
    released = pl.concat([known, added.lazy()], how="horizontal").filter("released")
    return released.drop("released")


def read_batches(
    format: Format,
    records: Path,
    boxes: Path | None,
    indices: Sequence[Path],
    sizes: Sizes = "measured",
    index: Path | None = None,
) -> Iterator[pl.DataFrame]:
    """The rows of `read_released`, of the same arguments, in batches.

    Slice by slice: `collect_batches` reads ahead of whoever takes the batches, up to gigabytes.
    """
    known, added = _parts(format, records, boxes, indices, sizes, index)
    for start in range(0, added.height, READ):
        read = known.slice(start, READ).collect().hstack(added[start : start + READ])
        yield from read.filter("released").drop("released").iter_slices(BATCH)


def _parts(
    format: Format,
    records: Path,
    boxes: Path | None,
    indices: Sequence[Path],
    sizes: Sizes,
    index: Path | None,
) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """The columns of all records that stay as they are, and those that a release adds."""
    known = pl.scan_parquet(records)
    columns = ["processid", "split", *BOX_SIZES, "image_measurement_value", *NAMED_BY[format][0]]
    given = known.select(list(dict.fromkeys(columns))).collect()
    added = release_columns(
        given,
        pl.read_parquet(boxes, columns=["processid", *BOX_SIZES, "pixels"]) if boxes else None,
        [pl.read_parquet(path, columns=["processid"])["processid"] for path in indices],
        sizes,
    )
    if indices:
        require_names(format, given.filter(added["released"]), records)
    if index:
        places = pl.read_parquet(index, columns=["processid", "shard", "row"])
        places = given.select("processid").join(
            places, on="processid", how="left", maintain_order="left"
        )
        added = added.hstack(places.drop("processid"))
    return known.drop(added.columns, strict=False), added


def require_names(format: Format, released: pl.DataFrame, records: Path) -> None:
    """Refuse records with an image that has no name in the published format.

    Each file of a release would treat them in another way: leave them out, or name no image.

    Args:
        format: in which they are released.
        released: processid and the columns of NAMED_BY.
        records: their file, for the message.

    Raises:
        InputError: naming the records.
    """
    columns, remedy = NAMED_BY[format]
    lacking = released.filter(pl.any_horizontal(pl.col(columns).is_null()))
    if lacking.height:
        raise InputError(
            f"{records}: {lacking.height} record(s) lack {' or '.join(columns)}, by which released "
            f"images are named (processid {first_ten(map(repr, lacking['processid']))}); {remedy}"
        )


def require_parts(released: pl.LazyFrame, parts: int, records: Path) -> None:
    """Refuse images of 1M in parts that no zip of the cropped package holds.

    Args:
        released: as of `read_released`.
        parts: number of parts, which count from 1.
        records: their file, for the message.

    Raises:
        InputError: naming the records.
    """
    beyond = released.filter(~pl.col("image_part").is_between(1, parts))
    found = beyond.select("processid", "image_part").collect()
    if found.height:
        named = (f"{processid!r} in part {part}" for processid, part in found.iter_rows())
        raise InputError(
            f"{records}: {found.height} record(s) lie in none of the parts 1 to {parts} "
            f"(processid {first_ten(named)}); set `archives` of the dataset to the number of parts"
        )


def with_sizes_mm(released: pl.LazyFrame, boxes: Path, mm_per_pixel: float) -> pl.LazyFrame:
    """Released records with SIZES_MM.

    Args:
        released: as of `read_released`.
        boxes: the boxes of all images (Parquet).
        mm_per_pixel: of the original images.
    """
    lengths = pl.scan_parquet(boxes).select("processid", box_length=box_length())
    joined = released.join(lengths, on="processid", how="left", maintain_order="left")
    return joined.with_columns(sizes_mm(mm_per_pixel)).drop("box_length")


def splits_of(released: pl.LazyFrame) -> dict[str | None, int]:
    """The splits of released records → their number, in the order of the paper; None last."""
    counts = dict(released.group_by("split").len().collect().iter_rows())
    return {split: counts[split] for split in (*SPLITS, None) if split in counts}
