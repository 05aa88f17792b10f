"""The answer of a search to each query, from its nearest keys."""

from typing import Literal

import numpy as np
import polars as pl

from bioscan.barcode.predictions import predictions
from bioscan.core.records import RANKS
from bioscan.core.votes import winning_lineage

Answer = Literal["nearest", "vote"]

#: Points of score by which the vote of a key falls to 1/e, and down to which keys vote. Among 2,218
#: real barcodes of 200 unseen species, 4 to 5 points give the most genera.
SCALE, VOTERS = 4, 20


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
    placed = _with_lineages(best, keys)
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


def _with_lineages(hits: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Hits with `row`, the place of the key among all, and its labels."""
    lineages = keys.select(pl.col("processid").alias("key"), *RANKS).with_row_index("row")
    return hits.join(lineages, on="key", how="left", validate="m:1")


def answer_by_vote(hits: pl.DataFrame, queries: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Answer each query by a vote of its nearest keys, rank by rank from the root down.

    A key votes by exp(-d / SCALE), d being its distance to the best score. The keys of the label
    that wins at a rank vote on at the next, so the labels are of one lineage. Where no key has a
    label, none is given. Of equal votes, the label of the key with the best score wins, or of the
    last such key.

    Args:
        hits: with the keys down to VOTERS points below the best; otherwise as in
            `answer_by_nearest`.

    Returns:
        The columns of `answer_by_nearest`, with key, score and identity of the nearest key of the
        winning lineage; ties and common_rank are those of the best score.
    """
    best = answer_by_nearest(hits, queries, keys)
    distance = pl.col("score").max().over("query") - pl.col("score")
    voters = _with_lineages(hits, keys).with_columns(
        (-distance / SCALE).exp().alias("vote"),
        pl.struct("score", "row").rank("dense").alias("preference"),
    )
    voters = winning_lineage(voters, RANKS)
    chosen = voters.sort("score", "row").unique("query", keep="last", maintain_order=True)
    shared = ["key", "score", "identity", *RANKS]
    answered = best.drop(shared).join(
        chosen.select(pl.col("query").alias("processid"), *shared), on="processid", how="left"
    )
    return answered.select(best.columns).cast(dict(best.schema))
