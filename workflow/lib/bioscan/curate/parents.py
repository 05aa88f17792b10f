"""Every label has one parent: misspelt parents are corrected, and other conflicts settled."""

from itertools import pairwise

import polars as pl

from bioscan.core.records import RANKS
from bioscan.core.spelling import near
from bioscan.curate.lineages import FILLER, by_lineage, without_last_filler


def correct_parents(records: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Correct a misspelt phylum, class, order, family or subfamily towards the commoner near name.

    Two near names with the same label above them and a label below them in common are two
    spellings of one name, unless the rarer one has a life of its own: real names may be near
    (Perlidae and Perlodidae), and one of their genera may have been entered under the wrong one.
    The commoner name is used in the records of a shared label below where it is the commoner one
    there too. It is used in every record if it has `min_majority` of all uses of both, and at
    least half of the records of the rarer name that have a label below share it. A filler follows
    its family.
    """

    def correct(lineages: pl.DataFrame) -> pl.DataFrame:
        for depth, rank in enumerate(RANKS[: RANKS.index("genus")]):
            filler = pl.col("subfamily") == FILLER + pl.col("family")
            lineages = _correct_rank(
                lineages.with_columns(filler=filler), depth, rank, min_majority
            )
            followed = pl.when("filler").then(FILLER + pl.col("family")).otherwise("subfamily")
            lineages = lineages.with_columns(subfamily=followed).drop("filler")
        return lineages

    return by_lineage(records, correct)


def _correct_rank(
    lineages: pl.DataFrame, depth: int, rank: str, min_majority: float
) -> pl.DataFrame:
    """Correct the labels of one rank, those above it being right."""
    above, other = RANKS[:depth][-1:], f"{rank}_other"
    shared = _near_parents(lineages.with_row_index("row"), depth, rank)
    if shared.is_empty():
        return lineages
    best = pl.col(other).sort_by(["uses_other", other], descending=[True, False]).first()
    here = shared.filter("here").group_by("row").agg(best.alias("here"))
    labelled = pl.any_horizontal(pl.col(RANKS[depth + 1 :]).is_not_null())
    deep = lineages.filter(labelled).group_by(*above, rank).agg(deep=pl.col("records").sum())
    everywhere = (
        shared.group_by(*above, rank, other, "uses", "uses_other")
        .agg(pl.col("records").sum())
        .join(deep, on=[*above, rank], nulls_equal=True)
        .filter(
            pl.col("uses_other") >= min_majority * (pl.col("uses") + pl.col("uses_other")),
            2 * pl.col("records") >= pl.col("deep"),
        )
        .group_by(*above, rank)
        .agg(best.alias("everywhere"))
    )
    return (
        lineages.with_row_index("row")
        .join(here, on="row", how="left", maintain_order="left")
        .join(everywhere, on=[*above, rank], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.coalesce("here", "everywhere", rank).alias(rank))
        .drop("row", "here", "everywhere")
    )


def _near_parents(lineages: pl.DataFrame, depth: int, rank: str) -> pl.DataFrame:
    """The lineages with a label below that also occurs under a commoner near name.

    Args:
        lineages: row, RANKS, records.

    Returns:
        One row per lineage and commoner name: row, the rank above, the rank, `<rank>_other`,
        records (of the lineage), uses and uses_other (records with either name), here (whether the
        other is the commoner one with a label below too).
    """
    above, other = RANKS[:depth][-1:], f"{rank}_other"
    named = lineages.drop_nulls(rank).filter(~pl.col(rank).str.starts_with(FILLER))
    uses = named.group_by(*above, rank).agg(uses=pl.col("records").sum())
    found = []
    for below in RANKS[depth + 1 :]:
        key = [*above, below]
        votes = named.drop_nulls(below).group_by(*key, rank).agg(votes=pl.col("records").sum())
        votes = votes.filter(pl.len().over(key) > 1)
        votes = votes.join(uses, on=[*above, rank], nulls_equal=True)
        pairs = votes.join(votes, on=key, suffix="_other", nulls_equal=True)
        pairs = pairs.filter(pl.col("uses") < pl.col("uses_other"))
        here = (pl.col("votes") < pl.col("votes_other")).alias("here")
        pairs = pairs.select(*key, rank, other, "uses", "uses_other", here)
        found.append(named.join(pairs, on=[*key, rank], nulls_equal=True))
    columns = ["row", *above, rank, other, "records", "uses", "uses_other"]
    rows = pl.concat(found).group_by(columns).agg(pl.col("here").any())
    kinds = rows.select(rank, other).unique().sort(pl.all())
    return rows.join(kinds.filter(near(*kinds)), on=[rank, other])


def settle_parents(records: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Leave every label one parent, from the root down.

    Where the records of a label have different labels at the rank above, the parent that
    `min_majority` of them have is accepted; the other records lose the label and all ranks below.
    If no parent reaches the share, all of them do. Records of one barcode have the same lineage at
    this step, so they are treated alike.
    """

    def settle(lineages: pl.DataFrame) -> pl.DataFrame:
        for parent, rank in pairwise(RANKS):
            votes = lineages.drop_nulls(rank).group_by(rank, parent).agg(pl.col("records").sum())
            right = votes.filter(
                pl.col("records") >= min_majority * pl.col("records").sum().over(rank)
            ).select(rank, parent, right=True)
            lineages = lineages.join(
                right, on=[rank, parent], how="left", nulls_equal=True, maintain_order="left"
            )
            below = RANKS[RANKS.index(rank) :]
            kept = pl.col(rank).is_null() | pl.col("right")
            lineages = lineages.with_columns(pl.when(kept).then(name).alias(name) for name in below)
            lineages = lineages.drop("right")
        return lineages.with_columns(without_last_filler())

    return by_lineage(records, settle)
