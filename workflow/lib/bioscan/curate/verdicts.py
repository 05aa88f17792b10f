"""Labels as curators have judged them, before they are cleaned."""

import logging

import polars as pl

from bioscan.core.errors import InputError, first_ten
from bioscan.core.records import RANKS, most_specific_taxon
from bioscan.core.verdicts import NO_PHOTOGRAPH

log = logging.getLogger("bioscan.curate")

#: The step in the trail of changes.
STEP = "verdict"

#: Endings of the names of families and subfamilies of animals (ICZN, article 29.2).
_ENDINGS = {"family": "idae", "subfamily": "inae"}


def apply_verdicts(
    records: pl.DataFrame, verdicts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give records the labels of verdicts.

    A label brings the labels above it, where other records have them, and removes those below it.
    One that confirms what the record has changes nothing.

    Args:
        records: processid, RANKS and any other columns.
        verdicts: `core.verdicts.VERDICTS_SCHEMA`.

    Returns:
        The same records in the same order; and the changes: processid, step, rank, before, after.

    Raises:
        InputError: the rank of a label cannot be told.
    """
    labels = verdicts.filter(pl.col("verdict") != NO_PHOTOGRAPH).drop_nulls("label")
    unknown = labels.join(records, on="processid", how="anti")
    if unknown.height:
        names = first_ten(unknown["processid"])
        log.warning("verdicts on specimens that are no records: %d (%s)", unknown.height, names)
    judged = labels.join(unknown, on="processid", how="anti")
    lineages = {
        (label, rank): lineage
        for label, rank in judged.select("label", "rank").unique().iter_rows()
        for lineage in [_lineage(label, rank, records)]
    }
    rows = [
        {"processid": processid, **lineages[label, rank]}
        for processid, label, rank in judged.select("processid", "label", "rank").iter_rows()
    ]
    schema = {"processid": pl.String, **dict.fromkeys(RANKS, pl.String)}
    new = pl.DataFrame(rows, schema).with_columns(judged=True)
    joined = records.join(new, on="processid", how="left", maintain_order="left", suffix="_new")
    after = joined.with_columns(
        pl.when("judged").then(f"{rank}_new").otherwise(rank).alias(rank) for rank in RANKS
    ).select(records.columns)
    if "taxon" in records.columns:
        after = after.with_columns(most_specific_taxon())
    changes = [
        pl.DataFrame(
            {"processid": records["processid"], "before": records[rank], "after": after[rank]}
        )
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .select(
            "processid",
            pl.lit(STEP).alias("step"),
            pl.lit(rank).alias("rank"),
            "before",
            "after",
        )
        for rank in RANKS
    ]
    return after, pl.concat(changes)


def _lineage(label: str, rank: str | None, records: pl.DataFrame) -> dict[str, str | None]:
    """The labels from the root down to a label: those that most records have above it."""
    rank = rank or _rank_of(label, records)
    above = RANKS[: RANKS.index(rank)]
    known = records.filter(pl.col(rank) == label)
    if known.is_empty() and rank == "species":
        known = records.filter(pl.col("genus") == label.split(" ")[0])
    found = dict.fromkeys(RANKS)
    if known.height:
        counted = (
            known.group_by(above)
            .len()
            .sort("len", *above, descending=[True] + [False] * len(above))
        )
        found |= counted.select(above).row(0, named=True)
    elif rank == "species":
        found["genus"] = label.split(" ")[0]
    return found | {rank: label}


def _rank_of(label: str, records: pl.DataFrame) -> str:
    """The rank at which records have a label, or that its form shows."""
    for rank in reversed(RANKS):
        if (records[rank] == label).any():
            return rank
    if " " in label:
        return "species"
    for rank, ending in _ENDINGS.items():
        if label.endswith(ending):
            return rank
    raise InputError(
        f"verdicts: the rank of {label!r} cannot be told, as no record has it; add a column rank "
        f"({', '.join(RANKS)})"
    )
