"""The answers of all methods, in one form."""

import numpy as np
import polars as pl

from bioscan.core.records import RANKS


def predictions(
    queries: pl.DataFrame, lineages: pl.DataFrame, rows: np.ndarray, scores: np.ndarray
) -> pl.DataFrame:
    """What a method answers to each query: a row of a table of lineages.

    Args:
        queries: processid and split of each query.
        lineages: the species, or the keys, that it chooses among, with their ranks.
        rows: (n,) the row of `lineages` that it answers with.
        scores: (n,) its probability or similarity.

    Returns:
        processid, split, score, and the predicted label at each rank, null where the chosen one
        has none.
    """
    return pl.concat(
        [
            queries.select("processid", "split"),
            pl.DataFrame({"score": scores.astype(np.float32)}),
            lineages.select(RANKS)[rows],
        ],
        how="horizontal",
    )
