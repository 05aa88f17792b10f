"""Queries for the calibration of references that have none of their own, as a small library."""

import logging
from zlib import crc32

import polars as pl

from bioscan.core.errors import InputError

log = logging.getLogger("bioscan.identify")

#: The splits without which nothing can be calibrated: references, and queries of their species.
NEEDED = ("train", "val")

#: Splits of the barcodes of a species in turn, and of species with a single barcode.
_OF_SPECIES = ("train", "val", "test")
_SINGLE = ("train", "train", "val_unseen", "train", "train", "test_unseen")


def divided(table: pl.DataFrame) -> pl.DataFrame:
    """References whose splits have queries for the calibration: their own, or else new ones.

    A species of few barcodes has all of them in `train` (5M §A4.4 asks for more to have queries),
    so a library of such species has no queries. Its labelled barcodes are divided for the
    calibration alone; specimens are compared with all.

    Args:
        table: processid, split, species and any other columns.

    Raises:
        InputError: no species has two barcodes, so there is no query of a known species.
    """
    counts = dict(table["split"].value_counts().iter_rows())
    if all(counts.get(split) for split in NEEDED):
        return table
    named = table.drop_nulls("species").select("processid", "species")
    order = pl.col("processid").map_elements(lambda name: crc32(name.encode()), pl.Int64)
    named = named.sort(order, "processid")
    turn = pl.int_range(pl.len()).over("species")
    several = named.with_columns(turn.alias("turn"), pl.len().over("species").alias("of"))
    single = pl.col("of") == 1
    several = several.with_columns(
        pl.when(single).then(pl.int_range(pl.len()).over(single)).otherwise("turn").alias("turn")
    )
    new = [
        (_SINGLE if of == 1 else _OF_SPECIES)[turn % (6 if of == 1 else 3)]
        for turn, of in several.select("turn", "of").iter_rows()
    ]
    places = several.select("processid", pl.Series("new", new, pl.String))
    found = table.join(places, on="processid", how="left", maintain_order="left")
    # Barcodes without a species are references still.
    found = found.with_columns(pl.coalesce("new", pl.lit("train")).alias("split")).drop("new")
    queries = new.count("val")
    if not queries:
        raise InputError(
            f"identify.references: {named.height} barcodes have a species, and none of the "
            f"{named['species'].n_unique()} species has two; expected several barcodes of many "
            "species, without which nobody can tell how sure an answer is"
        )
    log.warning(
        "the references have no queries of their own (splits %s): for the calibration alone, %d "
        "of their %d barcodes are queries; the more there are, the surer an answer can be",
        *(" and ".join(NEEDED), (found["split"] != "train").sum(), table.height),
    )
    return found
