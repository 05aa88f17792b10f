"""Matching images with their records."""

import polars as pl

from bioscan.core.image_index import IMAGE_INDEX_SCHEMA


def match_records(found: pl.DataFrame, records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match images with their records.

    Args:
        found: rows of FOUND_SCHEMA, in reading order.
        records: processid and image_file of every record.

    Returns:
        The image index in reading order, and the quarantined rows (QUARANTINE_SCHEMA): unusable
        images and archives, images without a record, repeated images, records without an image.
    """
    matched = found.join(records, on="image_file", how="left", maintain_order="left")
    matched = matched.with_columns(
        pl.coalesce(
            "reason",
            pl.when(pl.col("processid").is_null()).then(pl.lit("photograph without a record")),
            # The first usable image of a record counts, even after an unusable one.
            pl.when(~pl.struct("image_file", pl.col("reason").is_null()).is_first_distinct()).then(
                pl.format("photograph occurs before (again in {})", "archive")
            ),
        )
    )
    index = matched.filter(pl.col("reason").is_null()).select(list(IMAGE_INDEX_SCHEMA))
    unusable = matched.filter(pl.col("reason").is_not_null()).select(
        pl.coalesce("processid", "image_file"), "reason"
    )
    missing = records.join(found, on="image_file", how="anti", maintain_order="left").select(
        "processid", reason=pl.lit("record without a photograph")
    )
    return index, pl.concat([unusable, missing])
