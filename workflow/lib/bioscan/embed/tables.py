"""A table of the embeddings of a dataset."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

#: Columns, which are keys of a description (`embed.describe`).
COLUMNS = {
    "encoder": pl.String,
    "pooling": pl.String,
    "weights": pl.String,
    "split": pl.String,
    "samples": pl.Int64,
    "without": pl.Int64,
    "rows": pl.Int64,
    "dimension": pl.Int64,
    "dtype": pl.String,
    "computed": pl.String,
}


def embeddings_table(descriptions: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """One row per matrix: its encoder, split and size, and the samples that are not in it.

    Args:
        descriptions: the content of the files beside the matrices.
    """
    rows = [
        {**description, "weights": _names(description["weights"])} for description in descriptions
    ]
    return pl.DataFrame(
        [{column: row.get(column) for column in COLUMNS} for row in rows], schema=COLUMNS
    )


def _names(weights: Mapping[str, str] | None) -> str:
    return ", ".join(weights) if weights else "randomly initialised"
