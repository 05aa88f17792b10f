"""What counts as the same barcode."""

import polars as pl


def barcode_key() -> pl.Expr:
    """The barcode without the unknown bases at its ends, null where nothing is left.

    Leading and trailing N say how far a read went, not what the specimen is (BIOSCAN-5M §4.1
    speaks of identical barcodes; the released partition code strips N at both ends).
    """
    key = pl.col("dna_barcode").str.strip_chars("N")
    return pl.when(key != "").then(key).alias("barcode_key")
