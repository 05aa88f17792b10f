"""The answer of a search to each query, from its nearest keys."""

import numpy as np
import polars as pl

from bioscan.barcode.predictions import predictions
from bioscan.core.records import RANKS


def answer_by_nearest(
    hits: pl.DataFrame, queries: pl.DataFrame, keys: pl.DataFrame
) -> pl.DataFrame:
    """Answer each query with its best key; of several of equal score, with the last in their order.

    blastn 2.12 prints that one first. A query without a key has no row.

    Args:
        hits: core.alignment.HITS_SCHEMA.
        queries: processid and split of each query.
        keys: processid and RANKS of each key, in their order.

    Returns:
        The columns of `predictions` (score is that of the alignment); key, its processid; identity;
        ties, the number of keys of the best score; common_rank, the lowest rank at which they all
        have one label, null if there is none.
    """
    best = hits.filter(pl.col("score") == pl.col("score").max().over("query"))
    placed = best.join(
        keys.select(pl.col("processid").alias("key"), *RANKS).with_row_index("row"),
        on="key",
        how="left",
        validate="m:1",
    )
    lowest = pl.coalesce(
        pl.when((pl.col(rank).n_unique() == 1) & pl.col(rank).first().is_not_null()).then(
            pl.lit(rank)
        )
        for rank in reversed(RANKS)
    )
    chosen = placed.group_by("query", maintain_order=True).agg(
        pl.col("row").max(),
        pl.col("score").first(),
        pl.col("identity").get(pl.col("row").arg_max()),
        pl.len().cast(pl.Int64).alias("ties"),
        lowest.alias("common_rank"),
    )
    answered = queries.join(
        chosen, left_on="processid", right_on="query", how="inner", maintain_order="left"
    )
    rows = answered["row"].to_numpy().astype(np.int64)
    table = predictions(answered, keys, rows, answered["score"].to_numpy())
    return table.with_columns(
        keys["processid"].gather(rows).alias("key"),
        answered["identity"],
        answered["ties"],
        answered["common_rank"],
    )
