"""A vote of the nearest keys on one lineage, rank by rank from the root down."""

from collections.abc import Sequence

import polars as pl

#: Decimals of a sum of votes: sums of the same votes in another order are equal.
_DECIMALS = 9


def winning_lineage(voters: pl.DataFrame, ranks: Sequence[str]) -> pl.DataFrame:
    """The keys of each query whose labels win at every rank.

    The keys of the label that wins at a rank vote on at the next, so the labels of those that are
    left are of one lineage. Keys without a label at a rank do not vote there, and leave as soon as
    others have one; where none has, all stay. Of labels with equal votes, the one whose key is
    preferred wins.

    Args:
        voters: `query`, `vote`, `preference` (the greater, the better) and the labels of each key.
        ranks: from the root down.

    Returns:
        The rows of `voters` that are left, at least one per query; those of a query that have a
        label at a rank have the same one.
    """
    for rank in ranks:
        winners = (
            voters.drop_nulls(rank)
            .group_by("query", rank)
            .agg(pl.col("vote").sum().round(_DECIMALS), pl.col("preference").max())
            .sort("vote", "preference")
            .unique("query", keep="last", maintain_order=True)
            .select("query", pl.col(rank).alias("winner"))
        )
        voters = (
            voters.join(winners, on="query", how="left", maintain_order="left")
            .filter((pl.col(rank) == pl.col("winner")) | pl.col("winner").is_null())
            .drop("winner")
        )
    return voters
