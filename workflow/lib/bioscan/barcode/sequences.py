"""The distinct barcodes of each split, for training, as keys and as queries (5M §A5.1)."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from bioscan.core.records import RANKS, SPLITS
from bioscan.core.sequences import trimmed

Deduplication = Literal["by_split", "whole_table"]


def trim_barcodes(records: pl.LazyFrame) -> pl.DataFrame:
    """The barcodes of partitioned records, trimmed.

    Returns:
        processid, sequence (null where no letter was read), split, the ranks and dna_bin.
    """
    sequence = trimmed().alias("sequence")
    return records.select("processid", sequence, "split", *RANKS, "dna_bin").collect()


def select_sequences(barcodes: pl.DataFrame, deduplicate: Deduplication) -> pl.DataFrame:
    """The distinct barcodes of each split.

    Args:
        barcodes: of `trim_barcodes`.
        deduplicate: `by_split` keeps the first record of each barcode in each split. `whole_table`
            keeps the first of the whole table whatever its split, as the released code did before
            it divided the table: its sets depend on the order of the records.

    Returns:
        processid of the first record, sequence (trimmed), split, samples (records that share the
        barcode), the ranks and dna_bin of the first record; in the order of the records.
    """
    barcoded = barcodes.drop_nulls("sequence")
    shared = ["sequence"] if deduplicate == "whole_table" else ["split", "sequence"]
    others = [name for name in ("processid", "split", *RANKS, "dna_bin") if name not in shared]
    table = barcoded.group_by(shared, maintain_order=True).agg(
        pl.len().alias("samples"), pl.col(others).first()
    )
    return table.select("processid", "sequence", "split", "samples", *RANKS, "dna_bin")


def count_sequences(
    barcodes: pl.DataFrame, sequences: pl.DataFrame, pretraining: Sequence[str]
) -> pl.DataFrame:
    """Records and distinct barcodes of each split, and of the set that is pretrained on.

    Args:
        barcodes: of `trim_barcodes`.
        sequences: of `select_sequences`.
        pretraining: the splits that are pretrained on.

    Returns:
        One row per split, and one for `pretraining`: set, splits (that it is made of), records,
        without_barcode (records whose barcode is empty or has no known letter), sequences (distinct
        ones), species and genera (of the sequences).
    """
    counted = barcodes.group_by("split").agg(
        pl.len().alias("records"), pl.col("sequence").null_count().alias("without_barcode")
    )
    rows = []
    sets = {"pretraining": pretraining, **{split: [split] for split in SPLITS}}
    for name, splits in sets.items():
        here = counted.filter(pl.col("split").is_in(splits))
        # A barcode that two splits share is pretrained on once.
        chosen = of_splits(sequences, splits)
        rows.append(
            {
                "set": name,
                "splits": ", ".join(splits),
                "records": here["records"].sum(),
                "without_barcode": here["without_barcode"].sum(),
                "sequences": chosen.height,
                "species": chosen["species"].drop_nulls().n_unique(),
                "genera": chosen["genus"].drop_nulls().n_unique(),
            }
        )
    return pl.DataFrame(rows)


def of_splits(sequences: pl.DataFrame, splits: Sequence[str]) -> pl.DataFrame:
    """The distinct sequences of some splits, the first of each."""
    unknown = [split for split in splits if split not in SPLITS]
    assert not unknown, unknown
    chosen = sequences.filter(pl.col("split").is_in(splits))
    return chosen.unique("sequence", keep="first", maintain_order=True)
