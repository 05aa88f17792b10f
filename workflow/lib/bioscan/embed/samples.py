"""The samples of a split, and the distinct inputs that are embedded."""

from dataclasses import dataclass

import polars as pl

from bioscan.core.embeddings import ROWS_SCHEMA
from bioscan.core.encoders import ALL, LABELLED
from bioscan.core.records import SPECIES_SETS
from bioscan.core.sequences import trimmed
from bioscan.core.texts import MissingRanks, label_text


@dataclass(frozen=True)
class Inputs:
    """What is embedded of a split.

    Attributes:
        inputs: one row per distinct input, in the order of the matrix: `sequence`, `text`, or
            `shard` and `row` of an image.
        rows: `processid` and `row` of each sample that has the modality (`ROWS_SCHEMA`).
        without: samples of the split that have not.
    """

    inputs: pl.DataFrame
    rows: pl.DataFrame
    without: int


def select_split(records: pl.LazyFrame, split: str) -> pl.LazyFrame:
    """The records of a split; of `all`, every one; of `labelled`, all but those of `pretrain`."""
    if split == LABELLED:
        known = [name for name, species in SPECIES_SETS.items() if species != "unknown"]
        return records.filter(pl.col("split").is_in(known))
    return records if split == ALL else records.filter(pl.col("split") == split)


def barcodes_of(records: pl.LazyFrame, split: str) -> Inputs:
    """The distinct trimmed barcodes of a split, the longest first.

    So batches are of one length, and the first one needs the most memory. A barcode without any
    letter that was read, such as one of N alone, is none.
    """
    samples = select_split(records, split).select("processid", trimmed().alias("sequence"))
    samples = samples.collect()
    present = samples.drop_nulls("sequence")
    inputs = present.select("sequence").unique(maintain_order=True)
    inputs = inputs.sort(pl.col("sequence").str.len_bytes(), descending=True, maintain_order=True)
    rows = present.join(inputs.with_row_index("row"), on="sequence", maintain_order="left")
    return Inputs(inputs, _rows(rows), len(samples) - len(present))


def texts_of(records: pl.LazyFrame, split: str, missing: MissingRanks) -> Inputs:
    """The distinct texts of a split, in order: the labels of its records."""
    samples = select_split(records, split).select("processid", label_text(missing)).collect()
    present = samples.drop_nulls("text")
    inputs = present.select("text").unique().sort("text")
    rows = present.join(inputs.with_row_index("row"), on="text", maintain_order="left")
    return Inputs(inputs, _rows(rows), len(samples) - len(present))


def images_of(records: pl.LazyFrame, index: pl.DataFrame, split: str) -> Inputs:
    """The images of a split, in the order of the packs.

    Args:
        index: index.parquet of the package, or its columns `processid`, `shard` and `row`.
    """
    samples = select_split(records, split).select("processid").collect()
    present = samples.join(index, on="processid").sort("shard", "row")
    rows = present.select("processid").with_row_index("row")
    return Inputs(present.select("shard", "row"), _rows(rows), len(samples) - len(present))


def _rows(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(*ROWS_SCHEMA).cast(ROWS_SCHEMA).sort("row", maintain_order=True)
