"""What the nearest references of a specimen say at each rank.

References are found by alignment of barcodes or in the space of a model. All that is used of them
is how near they are, so both are treated alike.
"""

from dataclasses import dataclass

import polars as pl

from bioscan.core.records import RANKS
from bioscan.core.votes import winning_lineage

#: References of other labels that are listed at a rank, the nearest first.
RIVALS = 3

#: References that are shown, of one name each.
SHOWN = 5

#: One row per query and rank at which its references have a label. `distance` and `key` are those
#: of the nearest reference of that label; `gap` is how much nearer it is than the nearest one of
#: another label, from -1 to 1, which is 1 where there is none in reach; `support` the share of the
#: votes; `rivals` the labels of others in reach, the nearest first; `aligned` the letters of which
#: the distance is, null in the space of a model.
EVIDENCE_SCHEMA: dict[str, pl.DataType] = {
    "query": pl.String(),
    "rank": pl.String(),
    "label": pl.String(),
    "support": pl.Float64(),
    "distance": pl.Float64(),
    "gap": pl.Float64(),
    "key": pl.String(),
    "rivals": pl.List(pl.String()),
    "aligned": pl.Int64(),
}


#: What is kept of answers to queries of known labels. One without an answer has neither label nor
#: probability; `right` is null where the truth is unknown.
ANSWER_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("kind", "query", "rank", "label"), pl.String()),
    **dict.fromkeys(("support", "probability"), pl.Float64()),
    "truth": pl.String(),
    "right": pl.Boolean(),
}


@dataclass(frozen=True)
class Measure:
    """How the nearness of references is measured.

    Attributes:
        scale: by which the vote of a reference falls to 1/e.
        reach: below the nearest reference, down to which others are known.
    """

    scale: float
    reach: float


#: Points of the score of an alignment (`core.alignment`): among real barcodes 4 to 5 points give
#: the most genera of unseen species.
ALIGNED = Measure(scale=4, reach=20)

#: Cosine similarity: the temperature by which the loss of aligned models weighs keys (5M §4.4).
COSINE = Measure(scale=0.07, reach=0.35)


def weigh_references(hits: pl.DataFrame, labels: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """The lineage that the references of each query vote for, and how well each rank is supported.

    Args:
        hits: `query`, `key`, `nearness` (the greater, the nearer), `distance` and `aligned`.
        labels: processid and RANKS of the references; of equally near ones, the last one answers,
            as in blastn.
        measure: of `nearness`.

    Returns:
        EVIDENCE_SCHEMA, by query in their order, then by rank from the root down.
    """
    named = labels.select(pl.col("processid").alias("key"), *RANKS).with_row_index("row")
    below = pl.col("nearness").max().over("query") - pl.col("nearness")
    voters = (
        hits.join(named, on="key", how="inner", maintain_order="left")
        .with_columns(below.alias("below"))
        .filter(pl.col("below") <= measure.reach)
        .with_columns(
            (-pl.col("below") / measure.scale).exp().alias("vote"),
            pl.struct("nearness", "row").rank("dense").alias("preference"),
        )
    )
    left = winning_lineage(voters, RANKS)
    parts = [_at_rank(voters, left, rank, measure) for rank in RANKS]
    order = hits.select(pl.col("query").unique(maintain_order=True)).with_row_index("place")
    found = pl.concat([pl.DataFrame(schema=EVIDENCE_SCHEMA), *parts])
    depth = pl.col("rank").cast(pl.Enum(RANKS)).alias("depth")
    return found.join(order, on="query").sort("place", depth).select(*EVIDENCE_SCHEMA)


def _at_rank(voters: pl.DataFrame, left: pl.DataFrame, rank: str, measure: Measure) -> pl.DataFrame:
    """The rows of EVIDENCE_SCHEMA at a rank."""
    labels = left.drop_nulls(rank).group_by("query").agg(pl.col(rank).first().alias("label"))
    labelled = voters.drop_nulls(rank).join(labels, on="query")
    same = pl.col(rank) == pl.col("label")
    nearest = labelled.sort("nearness", "row", descending=True)
    rivals = pl.col(rank).filter(~same).unique(maintain_order=True).head(RIVALS)
    apart = pl.col("below").filter(~same).min().fill_null(measure.reach)
    return (
        nearest.group_by("query", maintain_order=True)
        .agg(
            pl.lit(rank).alias("rank"),
            pl.col("label").first(),
            (pl.col("vote").filter(same).sum() / pl.col("vote").sum()).alias("support"),
            pl.col("distance").filter(same).first(),
            ((apart - pl.col("below").filter(same).min()) / measure.reach).alias("gap"),
            pl.col("key").filter(same).first(),
            rivals.alias("rivals"),
            pl.col("aligned").filter(same).first(),
        )
        .cast(EVIDENCE_SCHEMA)
    )


def nearest_references(hits: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The nearest references of each query, the nearest first.

    Args:
        hits: as in `weigh_references`.
        labels: processid and RANKS of the references.

    Returns:
        query, key, distance, aligned and name, the label at the deepest rank: `SHOWN` rows per
        query at most, and one per name.
    """
    names = labels.select(
        pl.col("processid").alias("key"), pl.coalesce(*reversed(RANKS)).alias("name")
    )
    return (
        hits.join(names.with_row_index("row"), on="key", how="inner")
        .sort("query", "nearness", "row", descending=[False, True, True])
        .unique(["query", "name"], keep="first", maintain_order=True)
        .group_by("query", maintain_order=True)
        .head(SHOWN)
        .select("query", "key", "distance", "aligned", "name")
    )
