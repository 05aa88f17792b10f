"""The embeddings of distinct barcodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.embeddings import read_embeddings


@dataclass(frozen=True)
class Embedded:
    """Keys, and the queries of all splits that are evaluated.

    Attributes:
        keys, queries: rows of barcode/sequences.parquet, of the training split and of the others.
        key_embeddings, query_embeddings: (m, d) and (n, d), row for row.
    """

    keys: pl.DataFrame
    queries: pl.DataFrame
    key_embeddings: np.ndarray
    query_embeddings: np.ndarray


def read_embedded(sequences: Path, embeddings: Mapping[str, Path]) -> Embedded:
    """Read the embeddings of the first record of each distinct barcode.

    Args:
        sequences: barcode/sequences.parquet.
        embeddings: split → its .npy file, of `train` and of the queries' splits.
    """
    table = pl.read_parquet(sequences)
    keys = table.filter(pl.col("split") == "train")
    asked = [split for split in embeddings if split != "train"]
    queries = pl.concat([table.filter(split=split) for split in asked])
    return Embedded(
        keys,
        queries,
        _rows_of(keys, embeddings["train"]),
        np.concatenate(
            [_rows_of(queries.filter(split=split), embeddings[split]) for split in asked]
        ),
    )


def _rows_of(sequences: pl.DataFrame, path: Path) -> np.ndarray:
    matrix, rows = read_embeddings(path)
    found = sequences.select("processid").join(
        rows, on="processid", how="left", maintain_order="left", validate="1:1"
    )
    assert not found["row"].null_count(), f"{path} lacks barcodes of {sequences['split'][0]}"
    return matrix[found["row"].to_numpy()]
