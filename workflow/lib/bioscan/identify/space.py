"""The references of specimens in the space of an aligned model."""

from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.embeddings import read_embeddings
from bioscan.core.nearest import Samples, nearest_keys
from bioscan.core.records import RANKS
from bioscan.core.sequences import trimmed
from bioscan.identify.barcodes import NEARLY, WHOLE, examine_barcodes
from bioscan.identify.evidence import COSINE, weigh_references

#: Nearest references that vote.
NEIGHBOURS = 20


def read_labels(records: Path) -> pl.DataFrame:
    """The labels of references: processid, split and RANKS.

    Args:
        records: partitioned.parquet.
    """
    return pl.read_parquet(records, columns=["processid", "split", *RANKS])


def whole_barcodes(examined: pl.DataFrame) -> pl.DataFrame:
    """The barcodes that are compared in the space, by their processid.

    A space has a place for anything, and says the same of half a barcode as of a whole one. So
    barcodes that are set aside are not compared in it, nor are short ones.

    Args:
        examined: of `barcodes.examine_barcodes`.
    """
    whole = pl.col("fault").is_null() & (pl.col("letters") >= NEARLY * WHOLE)
    return examined.filter(whole).select("processid")


def read_whole_barcodes(records: Path) -> pl.DataFrame:
    """Of `whole_barcodes`, from records."""
    table = pl.read_parquet(records, columns=["processid", "dna_barcode"])
    return whole_barcodes(examine_barcodes(table.select("processid", trimmed().alias("sequence"))))


def read_samples(path: Path, records: pl.DataFrame) -> Samples:
    """The records that have an embedding, in their order.

    A reference of the same barcode is no fault here, so none is passed over for it.

    Args:
        path: the matrix.
        records: processid and any other columns.
    """
    matrix, rows = read_embeddings(path)
    table = records.select("processid").join(rows, on="processid", maintain_order="left")
    used, places = np.unique(table["row"].to_numpy(), return_inverse=True)
    barcode = pl.lit(None, pl.String).alias("barcode")
    table = table.select("processid", pl.Series("row", places, pl.UInt32), barcode)
    return Samples(table, matrix[used], str(path.parent))


def compare(
    queries: Samples, keys: Samples, labels: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the nearest references of queries say.

    Args:
        labels: processid and RANKS of the references.

    Returns:
        EVIDENCE_SCHEMA; and the references, as `weigh_references` takes them.
    """
    hits = nearest_keys(queries, keys, NEIGHBOURS).select(
        "query",
        "key",
        pl.col("similarity").cast(pl.Float64).alias("nearness"),
        # Rounding may make a similarity a little more than 1.
        (1 - pl.col("similarity").cast(pl.Float64)).clip(0).alias("distance"),
        pl.lit(None, pl.Int64).alias("aligned"),
    )
    return weigh_references(hits, labels, COSINE), hits
