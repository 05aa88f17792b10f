"""What counts as the same barcode."""

from typing import Literal

import polars as pl

BarcodeKey = Literal["stripped", "written"]


def barcode_key(kind: BarcodeKey = "stripped") -> pl.Expr:
    """What two records must have in common to be of one barcode; null where there is nothing.

    BIOSCAN-5M §4.1 speaks of identical barcodes and leaves N aside.

    Args:
        kind: `written` takes every letter; `stripped` passes over N at both ends, which says how
            far a read went and not what the specimen is (so the released partition code).
    """
    key = pl.col("dna_barcode")
    if kind == "stripped":
        key = key.str.strip_chars("N")
    return pl.when(key != "").then(key).alias("barcode_key")
