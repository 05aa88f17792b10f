"""Labels that cleaning removed from many records, which the user should know of.

Some steps remove a label because it contradicts others. In a large data set that is a small loss;
in a small one a single error may cost a taxon all its records.
"""

from collections.abc import Iterable

import polars as pl

from bioscan.core.records import RANKS

#: Steps that remove a label from some of its records for what others say; the rest remove labels
#: for what they are themselves, always from all their records.
CONTRADICTIONS = ("resolve_conflicts", "settle_parents")

#: Fewest records of a taxon whose share is worth a word.
MIN_RECORDS = 5

LOSSES_SCHEMA: dict[str, pl.DataType] = {
    "step": pl.String(),
    "rank": pl.String(),
    "taxon": pl.String(),
    "records": pl.Int64(),
    "removed": pl.Int64(),
    "values": pl.String(),
}


def losses(before: pl.DataFrame, changes: Iterable[pl.DataFrame], step: str) -> pl.DataFrame:
    """What a step removed, by rank and by taxon.

    A record counts at the first rank that it lost; the ranks below follow.

    Args:
        before: processid, RANKS and `barcode`, as the step found them.
        changes: the changes of the step, see `CHANGES_SCHEMA` of `curate.cleaning`.
        step: its name.

    Returns:
        LOSSES_SCHEMA, one row per rank, whose taxon is null, and where the step is one of
        CONTRADICTIONS one per taxon: records that had the label (of the rank, any label), removed
        (how many of them lost it), values (the two commonest of the values that contradict one
        another, with their records: the parents of the taxon, or the labels of its barcodes; of a
        rank, the two labels lost most often).
    """
    removed = [change.filter(pl.col("after").is_null()) for change in changes]
    removed = [change for change in removed if change.height and change["rank"][0] in RANKS]
    if not removed:
        return pl.DataFrame(schema=LOSSES_SCHEMA)
    lost = pl.concat(removed).select("processid", pl.col("rank").cast(pl.Enum(RANKS)), "before")
    lost = lost.filter(pl.col("rank") == pl.col("rank").min().over("processid"))
    rows = []
    for (rank,), labels in lost.group_by("rank", maintain_order=True):
        removed = labels.group_by(taxon="before").agg(removed=pl.len())
        every = removed.select("taxon", label="taxon", records="removed")
        rows.append(
            _commonest(every, []).with_columns(
                taxon=pl.lit(None, pl.String),
                rank=pl.lit(rank),
                records=before[rank].count(),
                removed=labels.height,
            )
        )
        if step in CONTRADICTIONS:
            had = before.filter(pl.col(rank).is_in(removed["taxon"].implode()))
            counted = had.group_by(taxon=rank).agg(records=pl.len())
            values = _commonest(_contradicting(before, had, labels, rank, step), ["taxon"])
            taxa = removed.join(counted, on="taxon").join(values, on="taxon", how="left")
            rows.append(taxa.with_columns(rank=pl.lit(rank)))
    found = pl.concat(rows, how="diagonal_relaxed").with_columns(step=pl.lit(step))
    return found.select(pl.col(name).cast(dtype) for name, dtype in LOSSES_SCHEMA.items())


def large_losses(found: pl.DataFrame, max_share: float) -> pl.DataFrame:
    """The losses above a share of the records of a taxon, or of all that were labelled.

    Args:
        found: the losses of all steps and passes.
        max_share: the share that may be lost without a word.

    Returns:
        LOSSES_SCHEMA with `share`, the largest losses first.
    """
    by = ["step", "rank", "taxon"]
    whole = found.group_by(by).agg(
        pl.col("records").max(), pl.col("removed").sum(), pl.col("values").first()
    )
    whole = whole.with_columns(share=pl.col("removed") / pl.col("records"))
    enough = pl.col("taxon").is_null() | (pl.col("records") >= MIN_RECORDS)
    return whole.filter(pl.col("share") > max_share, enough).sort(
        "removed", *by, descending=[True, False, False, False], nulls_last=True
    )


def describe_losses(large: pl.DataFrame) -> list[str]:
    """A sentence for each of the `large_losses`."""
    return [
        f"{row['step']} removed the {row['rank']} "
        + (f"{row['taxon']!r} " if row["taxon"] else "")
        + f"from {row['removed']:,} of {row['records']:,} records: {row['values']}"
        for row in large.iter_rows(named=True)
    ]


def _contradicting(
    before: pl.DataFrame, had: pl.DataFrame, lost: pl.DataFrame, rank: str, step: str
) -> pl.DataFrame:
    """The values that cost a taxon its label: taxon, label, records."""
    if step == "settle_parents":
        parent = RANKS[RANKS.index(rank) - 1]
        return had.group_by(taxon=rank, label=parent).agg(records=pl.len())
    losers = had.join(lost.select("processid"), on="processid", how="semi")
    barcodes = losers.select("barcode", taxon=rank).drop_nulls().unique()
    return (
        before.select("barcode", label=rank)
        .drop_nulls()
        .join(barcodes, on="barcode")
        .group_by("taxon", "label")
        .agg(records=pl.len())
    )


def _commonest(values: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The two commonest labels with their records, as a text: `by`, values."""
    values = values.sort("records", "label", descending=[True, False]).with_columns(
        text=pl.format("{} ({})", pl.col("label").fill_null("none"), "records")
    )
    two = pl.col("text").head(2).str.join(", ").alias("values")
    return values.group_by(by, maintain_order=True).agg(two) if by else values.select(two)
