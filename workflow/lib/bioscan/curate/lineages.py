"""Changes to labels that depend on a record's lineage alone, made once per distinct lineage.

Five million records have some hundred thousand of them.
"""

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
    lineages = records.group_by(RANKS).len("records").sort(RANKS)
    changed = change(lineages).select(*RANKS, *filled)
    differ = [pl.Series(lineages[rank].ne_missing(changed[rank])) for rank in RANKS]
    differ += [changed[name].is_not_null() for name in filled]
    new = lineages.select(RANKS).hstack(changed.rename("new_{}".format))
    new = new.filter(pl.any_horizontal(differ))
    if new.is_empty():
        return records
    new = new.with_columns(pl.lit(True).alias("changed"))
    joined = records.join(new, on=RANKS, how="left", nulls_equal=True, maintain_order="left")
    return joined.select(
        pl.when("changed").then(f"new_{name}").otherwise(name).alias(name)
        if name in RANKS
        else pl.coalesce(name, f"new_{name}").alias(name)
        if name in filled
        else name
        for name in records.columns
    )


def relabelled(labels: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Labels of one column, changed once per distinct label; null stays null."""
    known = labels.drop_nulls().unique()
    new = change(known)
    differ = known.ne_missing(new)
    return labels.replace(known.filter(differ), new.filter(differ)) if differ.any() else labels


def without_last_filler() -> pl.Expr:
    """The subfamily; null for a filler with nothing below, which names no subfamily (§A4.4)."""
    last = pl.coalesce("genus", "species").is_null()
    return pl.when(~(last & pl.col("subfamily").str.starts_with(FILLER).fill_null(False))).then(
        "subfamily"
    )
