"""Matching images with their records."""

import polars as pl

from bioscan.core.image_index import IMAGE_INDEX_SCHEMA
from bioscan.core.verdicts import NO_PHOTOGRAPH, REMOVED
from bioscan.ingest.notes import Notes
from bioscan.ingest.pairing import nearest_files, pair_rows

#: Of a record without an image, as a reason and in notes.
WITHOUT = "record without a photograph"

#: Records without an image for which a near file is sought: as many as a message names.
NAMED = 10


def match_records(
    found: pl.DataFrame,
    records: pl.DataFrame,
    notes: Notes,
    source: str,
    every_record: bool = True,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match images with their records.

    Args:
        found: rows of FOUND_SCHEMA, in reading order.
        records: processid and image_file of every record.
        notes: count the images that are not found by the names as they are written.
        source: the folder of the images, for a warning.
        every_record: whether every record should have an image. Otherwise one without is counted
            in the notes, and is quarantined only where it may have one of several files.

    Returns:
        The image index in reading order, and the quarantined rows (QUARANTINE_SCHEMA): unusable
        images and archives, images without a record, repeated images, records without an image.
    """
    records = records.select("processid", "image_file", fault=pl.lit(None, pl.String))
    has_record = found["image_file"].is_in(records["image_file"].drop_nulls().implode())
    if not has_record.all():
        files = found["image_file"].unique(maintain_order=True)
        records = pair_rows(records, files, ["image_file"], notes, source).select(
            "processid", pl.coalesce("file", "image_file").alias("image_file"), fault="reason"
        )
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
    missing = records.join(found, on="image_file", how="anti", maintain_order="left")
    if not every_record:
        notes.add(WITHOUT, count=missing["fault"].null_count())
        missing = missing.drop_nulls("fault")
    return index, pl.concat([unusable, _explain(missing, found["image_file"])])


def without_removed(
    index: pl.DataFrame, verdicts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The images that no curator has removed, and the others.

    Args:
        index: the image index.
        verdicts: `core.verdicts.VERDICTS_SCHEMA`.

    Returns:
        The rest of the index, and rows of QUARANTINE_SCHEMA.
    """
    names = verdicts.filter(verdict=NO_PHOTOGRAPH)["processid"].implode()
    is_removed = pl.col("processid").is_in(names)
    removed = index.filter(is_removed).select("processid", pl.lit(REMOVED).alias("reason"))
    return index.filter(~is_removed), removed


def _explain(missing: pl.DataFrame, files: pl.Series) -> pl.DataFrame:
    """Why records have no image: the files that their rows name, and for some the nearest one."""
    named = missing.head(NAMED).select(pl.coalesce("image_file", "processid")).to_series()
    near = nearest_files(named.to_list(), files.unique(maintain_order=True))
    near += [None] * (missing.height - len(near))
    return missing.select(
        "processid",
        reason=pl.concat_str(
            pl.lit(WITHOUT),
            pl.coalesce(
                pl.format(": {}", "fault"), pl.format(": {} is none of the files", "image_file")
            ),
            pl.format(" (the nearest is {})", pl.Series(near, dtype=pl.String)),
            ignore_nulls=True,
        ),
    )
