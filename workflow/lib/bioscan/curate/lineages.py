"""Changes to labels that depend on a record's lineage alone, made once per distinct lineage.

Five million records have some hundred thousand of them. To find them takes as long as all that is
done with them, so those of the latest records are kept for the next step.
"""

import weakref
from collections.abc import Callable, Sequence

import polars as pl

from bioscan.core.records import RANKS

#: Ranks that only 1M and BOLD have → the rank whose removal removes them. No step compares them.
COMPANIONS = {"tribe": "subfamily", "subspecies": "species"}

#: Prefix of a subfamily that stands for "not grouped into a subfamily yet" (BIOSCAN-5M §A4.3).
FILLER = "unassigned "


def by_lineage(
    records: pl.DataFrame,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    filled: Sequence[str] = (),
) -> pl.DataFrame:
    """Change labels that depend on a record's lineage alone.

    Args:
        change: maps the distinct lineages (RANKS and `records`, the number of records with each)
            to the same rows with new labels.
        filled: further columns that `change` makes; their values fill those that are missing in
            the records.
    """
    lineages = _lineages_of(records)
    changed = change(lineages).select(*RANKS, *filled)
    differ = [pl.Series(lineages[rank].ne_missing(changed[rank])) for rank in RANKS]
    differ += [changed[name].is_not_null() for name in filled]
    new = lineages.select(RANKS).hstack(changed.rename("new_{}".format))
    new = new.filter(pl.any_horizontal(differ))
    if new.is_empty():
        return records
    new = new.with_columns(pl.lit(True).alias("changed"))
    joined = records.join(new, on=RANKS, how="left", nulls_equal=True, maintain_order="left")
    after = joined.select(
        pl.when("changed").then(f"new_{name}").otherwise(name).alias(name)
        if name in RANKS
        else pl.coalesce(name, f"new_{name}").alias(name)
        if name in filled
        else name
        for name in records.columns
    )
    _keep(after, changed.select(RANKS).hstack([lineages["records"]]))
    return after


#: The latest records that were seen, while they live, and their lineages.
_latest: tuple[weakref.ref[pl.DataFrame], pl.DataFrame] | None = None


def _lineages_of(records: pl.DataFrame) -> pl.DataFrame:
    """The distinct lineages of records, sorted: RANKS, records."""
    if _latest is None or _latest[0]() is not records:
        _keep(records, records.group_by(RANKS).len("records"))
    return _latest[1]


def _keep(records: pl.DataFrame, lineages: pl.DataFrame) -> None:
    """Remember the lineages of records, given as RANKS and records, with repetitions or without."""
    global _latest
    distinct = lineages.group_by(RANKS).agg(pl.col("records").sum()).sort(RANKS)
    _latest = weakref.ref(records), distinct


def relabelled(labels: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Labels of one column, changed once per distinct label; null stays null."""
    known = labels.drop_nulls().unique()
    new = change(known)
    differ = known.ne_missing(new)
    return labels.replace(known.filter(differ), new.filter(differ)) if differ.any() else labels


def with_labels(records: pl.DataFrame, *labels: pl.Series) -> pl.DataFrame:
    """The records with columns of labels replaced; the same object if none is another."""
    new = [column for column in labels if not column.equals(records[column.name], null_equal=True)]
    return records.with_columns(new) if new else records


def without_last_filler() -> pl.Expr:
    """The subfamily; null for a filler with nothing below, which names no subfamily (§A4.4)."""
    last = pl.coalesce("genus", "species").is_null()
    return pl.when(~(last & pl.col("subfamily").str.starts_with(FILLER).fill_null(False))).then(
        "subfamily"
    )
