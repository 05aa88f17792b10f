"""Invented vectors in well separated groups, as embeddings on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.embeddings import ROWS_SCHEMA


def clouds(groups: int, members: int, dimensions: int = 5, seed: int = 0) -> np.ndarray:
    """(groups · members, dimensions) float32, group by group."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(groups, dimensions)) * 10
    return np.vstack(
        [centre + random.normal(size=(members, dimensions)) * 0.3 for centre in centres]
    ).astype(np.float32)


def embedded(
    path: Path, vectors: np.ndarray, ids: Sequence[str], rows: Sequence[int] | None = None
) -> Path:
    """Write the embeddings of a split: one vector per sample, or the given row of each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    places = range(len(vectors)) if rows is None else rows
    table = pl.DataFrame({"processid": list(ids), "row": list(places)}, ROWS_SCHEMA)
    table.write_parquet(path.with_suffix(".parquet"))
    return path


def labelled(columns: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    """Records with labels; those that are not given are missing."""
    names = ("processid", "split", "order", "family", "subfamily", "genus", "species", "dna_bin")
    count = len(columns["processid"])
    given = {name: columns.get(name, [None] * count) for name in (*names, "dna_barcode")}
    return pl.DataFrame(given, dict.fromkeys(given, pl.String))
