"""Barcodes whose nearest neighbours have another family or order: contaminated, or mislabelled."""

import polars as pl

from bioscan.core.alignment import ExactSearch

#: Identity from which two barcodes are neighbours, and the letters that they need for that. Among
#: 108,656 real barcodes, sound families come as near as 93.5 % (a piece of 300 letters: 95.3 %),
#: and pieces below 200 letters of sound orders as near as 95 %.
NEAR, MIN_LETTERS = 0.95, 400

#: Length of a barcode, which turns identity into points of a score (a mismatch costs three).
_LENGTH = 658

CONFLICTS_SCHEMA: dict[str, pl.DataType] = {
    "group": pl.UInt32(),
    "conflict": pl.String(),
    "neighbour": pl.String(),
    "neighbour_order": pl.String(),
    "neighbour_family": pl.String(),
    "identity": pl.Float64(),
    "agreeing": pl.Int64(),
    "differing": pl.Int64(),
}


def group_records(barcodes: pl.DataFrame) -> pl.DataFrame:
    """Number the groups of records that share a BIN (or without one, a barcode), order and family.

    Args:
        barcodes: processid, sequence, letters, dna_bin, order, family of each record.

    Returns:
        The same with `group`; null without an order.
    """
    kin = pl.coalesce("dna_bin", "sequence")
    number = pl.struct(kin, "order", "family").rank("dense").cast(pl.UInt32)
    return barcodes.with_columns(pl.when(pl.col("order").is_not_null()).then(number).alias("group"))


def conflicts(grouped: pl.DataFrame, threads: int = 1) -> pl.DataFrame:
    """The groups whose neighbours are, by records, at least as often of another order or family.

    The longest barcode of each group stands for it. Neighbours without a family say nothing about
    families.

    Args:
        grouped: of `group_records`; barcodes that lie on no columns are left out beforehand.

    Returns:
        CONFLICTS_SCHEMA: the group; `order` or `family`; the nearest neighbour that differs, with
        its labels and identity; records of the group and its neighbours that agree, and those of
        the commonest other label.
    """
    groups = (
        grouped.filter(pl.col("group").is_not_null(), pl.col("letters") >= MIN_LETTERS)
        .sort("group", "letters", "processid", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .agg(
            pl.col("processid", "sequence", "order", "family").first(),
            pl.len().cast(pl.Int64).alias("records"),
        )
    )
    if groups.height < 2:
        return pl.DataFrame(schema=CONFLICTS_SCHEMA)
    ids, sequences = groups["processid"].to_list(), groups["sequence"].to_list()
    within = 3 * (1 - NEAR) * _LENGTH
    hits = ExactSearch(ids, sequences).search(ids, sequences, within, threads)
    labels = groups.select("processid", "group", "order", "family", "records")
    pairs = (
        hits.filter(pl.col("identity") >= NEAR)
        .join(labels, left_on="query", right_on="processid")
        .join(labels, left_on="key", right_on="processid", suffix="_key")
    )
    found = [_conflicts_at(rank, pairs) for rank in ("order", "family")]
    return pl.concat(found).unique("group", keep="first", maintain_order=True).sort("group")


def _conflicts_at(rank: str, pairs: pl.DataFrame) -> pl.DataFrame:
    other = f"{rank}_key"
    known = pairs.drop_nulls([rank, other])
    votes = known.group_by("group", rank, other).agg(pl.col("records_key").sum().alias("votes"))
    agrees = pl.col(rank) == pl.col(other)
    counted = votes.group_by("group").agg(
        pl.col("votes").filter(agrees).sum().alias("agreeing"),
        pl.col("votes").filter(~agrees).max().alias("differing"),
    )
    nearest = (
        known.filter(~agrees)
        .sort("score", "key", descending=[True, False])
        .unique("group", keep="first", maintain_order=True)
    )
    return (
        counted.filter(pl.col("differing") >= pl.col("agreeing"))
        .join(nearest, on="group")
        .select(
            "group",
            pl.lit(rank).alias("conflict"),
            pl.col("key").alias("neighbour"),
            pl.col("order_key").alias("neighbour_order"),
            pl.col("family_key").alias("neighbour_family"),
            "identity",
            "agreeing",
            "differing",
        )
        .cast(CONFLICTS_SCHEMA)
    )
