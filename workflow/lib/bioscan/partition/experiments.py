"""The six BIOSCAN-1M experiments: two tasks, three sizes (1M §4.1, Table 3)."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from bioscan.core.records import TASKS

#: Shares of each class (1M §4.1).
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}

#: Fewest samples of a class: one a split (1M §4.1: all classes are in all splits).
MIN_SAMPLES = len(SHARES)


def assign_experiments(
    records: pl.DataFrame, sizes: Mapping[str, int | None], families: int, seed: int
) -> pl.DataFrame:
    """Fill the experiment columns (core.records.EXPERIMENTS).

    Diptera are split first, by family; the order task keeps their splits and divides the rest
    (1M §4.1). Classes with fewer than MIN_SAMPLES samples are omitted.

    Args:
        records: canonical records.
        sizes: samples of each size; null takes every record (Table 3: small 50,000, medium
            200,000, large all).
        families: how many Diptera families, the largest first (40 in 1M §4.1).
        seed: the same seed and records give the same experiments in any order of the records.
    """
    frame = records.select("processid", "order", "family").sort("processid")
    draw = np.random.default_rng(seed).random(frame.height)
    frame = frame.with_columns(pl.Series("draw", draw), family=_largest_families(frame, families))
    frame = frame.with_columns(diptera_family=_divide("family"))
    undivided = pl.col("diptera_family").is_null()
    frame = frame.with_columns(
        insect_order=pl.coalesce(
            "diptera_family", pl.when(undivided).then(_divide("order", undivided))
        )
    )
    frame = frame.with_columns(
        _sample(task, label, samples).alias(f"{size}_{task}")
        for task, label in TASKS.items()
        for size, samples in sizes.items()
    )
    experiments = [f"{size}_{task}" for task in TASKS for size in sizes]
    return (
        records.drop(experiments)
        .join(
            frame.select("processid", *experiments),
            on="processid",
            how="left",
            maintain_order="left",
        )
        .select(records.columns)
    )


def _largest_families(frame: pl.DataFrame, families: int) -> pl.Series:
    """The family of each Diptera record of one of the largest families, else null."""
    diptera = pl.col("order") == "Diptera"
    counted = frame.filter(diptera & pl.col("family").is_not_null())["family"].value_counts()
    largest = counted.sort(["count", "family"], descending=[True, False])["family"].head(families)
    kept = diptera & pl.col("family").is_in(largest.implode())
    return frame.select(pl.when(kept).then("family"))["family"]


def _divide(*group: str | pl.Expr) -> pl.Expr:
    """70/10/20 within each class (the first of `group`), at random, at least one a split."""
    rank = pl.col("draw").rank("ordinal").over(*group)
    count = pl.len().over(*group)
    validation = (count * SHARES["validation"]).round().clip(lower_bound=1)
    test = (count * SHARES["test"]).round().clip(lower_bound=1)
    split = (
        pl.when(rank <= validation)
        .then(pl.lit("validation"))
        .when(rank <= validation + test)
        .then(pl.lit("test"))
        .otherwise(pl.lit("train"))
    )
    # The class must be large enough, not what of it is divided here.
    enough = pl.len().over(group[0]) >= MIN_SAMPLES
    return pl.when(pl.col(group[0]).is_not_null() & enough).then(split)


def _sample(task: str, label: str, samples: int | None) -> pl.Expr:
    """The splits of a task cut down to a size, classes in proportion within each split.

    A record's position within its class, from 0 to 1, is compared across classes: the first
    n records by position hold each class in proportion, and every class at least once.
    """
    if samples is None:
        return pl.col(task)
    position = (pl.col("draw").rank("ordinal").over(task, label) - 1) / pl.len().over(task, label)
    by_position = position.rank("ordinal").over(task)
    quotas = {split: round(SHARES[split] * samples) for split in ("validation", "test")}
    quotas["train"] = samples - sum(quotas.values())  # so that the size is exact
    quota = pl.col(task).replace_strict(quotas, default=0)
    return pl.when(by_position <= quota).then(task)
