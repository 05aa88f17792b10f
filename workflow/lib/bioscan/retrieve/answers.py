"""The labels that the nearest keys answer queries with."""

from typing import Literal

import polars as pl

from bioscan.core.texts import TEXT_RANKS
from bioscan.core.votes import winning_lineage

#: `nearest`: the labels of the nearest key (5M §4.4). `vote`: those that most of the nearest keys
#: have, as one lineage.
Answer = Literal["nearest", "vote"]

#: Nearest keys that are kept, and that vote.
NEIGHBOURS = 20

#: The temperature by which the loss weighs keys (5M §4.4).
TEMPERATURE = 0.07

#: A key votes by exp(-d / t), d being its distance to the greatest similarity. Where all
#: similarities are alike, as in an untrained space or among barcodes, only a lower t than the
#: loss's lets the nearest keys outvote the others; these are chosen from.
TEMPERATURES = (TEMPERATURE, 0.03, 0.01, 0.003)


def answer_by_nearest(nearest: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The labels of each of the nearest keys.

    Args:
        nearest: of `core.nearest.nearest_keys`.
        labels: processid and `TEXT_RANKS` of the keys.

    Returns:
        query, place and `TEXT_RANKS`, one row per key.
    """
    return _with_labels(nearest, labels).select("query", "place", *TEXT_RANKS)


def answer_by_vote(nearest: pl.DataFrame, labels: pl.DataFrame, temperature: float) -> pl.DataFrame:
    """The labels that win a vote of the nearest keys, rank by rank from the order down.

    They are of one lineage: the keys of the order that wins vote on its family, and so on. Of equal
    votes, the label of the nearer key wins.

    Args:
        nearest, labels: as of `answer_by_nearest`.
        temperature: see TEMPERATURES.

    Returns:
        As `answer_by_nearest`, with place 1 alone.
    """
    distance = pl.col("similarity").max().over("query") - pl.col("similarity")
    voters = _with_labels(nearest, labels).with_columns(
        (-distance / temperature).exp().alias("vote"),
        (-pl.col("place").cast(pl.Int16)).alias("preference"),
    )
    left = winning_lineage(voters, TEXT_RANKS)
    chosen = left.sort("query", "place").unique("query", keep="first", maintain_order=True)
    return chosen.select("query", pl.lit(1, pl.UInt8).alias("place"), *TEXT_RANKS)


def with_unanswered(nearest: pl.DataFrame, queries: pl.DataFrame) -> pl.DataFrame:
    """A row more for each query without any key, all of which are its own specimen or barcode.

    Args:
        nearest: of `core.nearest.nearest_keys`.
        queries: processid of all that were searched for.

    Returns:
        The columns of `nearest`; those rows have a query, and nothing else.
    """
    unanswered = queries.select(query="processid").join(nearest, on="query", how="anti")
    return pl.concat([nearest, unanswered.unique(maintain_order=True)], how="diagonal")


def _with_labels(nearest: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    named = labels.select(pl.col("processid").alias("key"), *TEXT_RANKS)
    return nearest.join(named, on="key", how="left", maintain_order="left", validate="m:1")
