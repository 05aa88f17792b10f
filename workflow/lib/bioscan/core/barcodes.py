"""When two barcodes count as identical."""

from typing import Literal

import polars as pl

BarcodeKey = Literal["stripped", "written"]


def barcode_key(kind: BarcodeKey = "stripped") -> pl.Expr:
    """The key that records with identical barcodes share; null where there is no barcode.

    BIOSCAN-5M §4.1 speaks of identical barcodes and does not mention N.

    Args:
        kind: `written` compares every letter; `stripped` ignores N at both ends, which depend on
            the length of the read and not on the specimen (as does the released partition code).
    """
    key = pl.col("dna_barcode")
    if kind == "stripped":
        key = key.str.strip_chars("N")
    return pl.when(key != "").then(key).alias("barcode_key")
