"""The six BIOSCAN-1M experiments: two tasks, three sizes (1M §4.1, Table 3)."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.experiments import SHARES, divide
from bioscan.core.records import EXPERIMENTS, TASKS
from bioscan.partition.settings import RuleSet


def assign_experiments(
    records: pl.DataFrame,
    sizes: Mapping[str, int | None],
    families: int,
    seed: int,
    rules: RuleSet = "paper",
) -> pl.DataFrame:
    """Fill the experiment columns (core.records.EXPERIMENTS).

    Diptera are split first, by family; the order task keeps their splits and divides the rest
    (1M §4.1). Shares are rounded class by class, which reproduces the splits of Table 3 for the
    published orders exactly. Medium and small are drawn from the splits of large, independently of
    each other. Classes of fewer than three samples are omitted.

    Args:
        records: processid, order, family and the experiment columns.
        sizes: samples of large, medium and small; None takes every record (Table 3: all, 200,000
            and 50,000).
        families: number of Diptera families, the largest first (40 in 1M §4.1).
        seed: the same seed and records give the same experiments in any order of the records.
        rules: `paper` keeps the classes of a size in proportion ("to preserve the class
            distribution"); `released` takes one sample of each class in turn, the rarest class
            first, so that a size is as balanced as possible.

    Returns:
        The records, in their order, with the experiment columns filled.

    Raises:
        InputError: a size has a split with fewer samples than there are classes.
    """
    rng = np.random.default_rng(seed)
    frame = records.select("processid", "order", "family").sort("processid")
    frame = frame.with_columns(
        family=_largest_families(frame, families), draw=rng.random(frame.height)
    )
    frame = frame.with_columns(diptera_family=divide("family"))
    undivided = pl.col("diptera_family").is_null()
    rest = pl.when(undivided).then(divide("order", undivided))
    frame = frame.with_columns(insect_order=pl.coalesce("diptera_family", rest))
    for task, label in TASKS.items():
        large = f"large_{task}"
        for size, whole in (("large", task), ("medium", large), ("small", large)):
            quotas = _quotas(frame, whole, label, sizes[size], f"partition.sizes.{size}")
            draw = pl.Series("draw", rng.random(frame.height))
            chosen = _sample(whole, label, quotas, rules).alias(f"{size}_{task}")
            frame = frame.with_columns(draw).with_columns(chosen)
    return records.select(pl.exclude(EXPERIMENTS)).join(
        frame.select("processid", *EXPERIMENTS), on="processid", how="left", maintain_order="left"
    )[records.columns]


def differences(records: pl.DataFrame) -> list[str]:
    """Where experiments differ from how the paper describes them (1M §4.1), each with its count.

    Published ones are kept where they differ, as are those whose labels were changed in cleaning.

    Args:
        records: order, family and the experiment columns, filled.

    Returns:
        A phrase per kind of difference that occurs; none where there is none.
    """
    counts = {}
    for task, label in TASKS.items():
        for size in ("large", "medium", "small"):
            name = f"{size}_{task}"
            within = pl.col(name).is_not_null()
            counts[f"records of {name} without {label}"] = within & pl.col(label).is_null()
            if label == "family":
                other = pl.col("order").fill_null("") != "Diptera"
                counts[f"records of {name} that are no Diptera"] = within & other
            if size != "large":
                differs = pl.col(name).ne_missing(pl.col(f"large_{task}"))
                counts[f"records of {name} in another split of large_{task}"] = within & differs
    found = records.select(**{kind: found.sum() for kind, found in counts.items()})
    return [f"{count} {kind}" for kind, count in found.row(0, named=True).items() if count]


def _largest_families(frame: pl.DataFrame, families: int) -> pl.Series:
    """The family of each Diptera record of one of the largest families, else null."""
    diptera = pl.col("order") == "Diptera"
    counted = frame.filter(diptera & pl.col("family").is_not_null())["family"].value_counts()
    largest = counted.sort(["count", "family"], descending=[True, False])["family"].head(families)
    kept = diptera & pl.col("family").is_in(largest.implode())
    return frame.select(pl.when(kept).then("family"))["family"]


def _quotas(
    frame: pl.DataFrame, whole: str, label: str, samples: int | None, key: str
) -> dict[str, int]:
    """Samples of each split of `whole` in a size; all of them if `samples` is None.

    Raises:
        InputError: naming the config key; every class must be in every split (1M §4.1).
    """
    if samples is None:
        return dict.fromkeys(SHARES, frame.height)
    quotas = {split: round(SHARES[split] * samples) for split in ("validation", "test")}
    quotas["train"] = samples - sum(quotas.values())  # so that the size is exact
    classes = frame.filter(pl.col(whole).is_not_null())[label].n_unique()
    split, fewest = min(quotas.items(), key=lambda quota: quota[1])
    if fewest < classes:
        raise InputError(
            f"config: {key} is {samples}, {fewest} of which are for {split}; "
            f"expected at least one for each of the {classes} classes of {label}"
        )
    return quotas


def _sample(whole: str, label: str, quotas: dict[str, int], rules: RuleSet) -> pl.Expr:
    """The splits of `whole` cut down to their quotas.

    The records of each class are put into a random order, and records of all classes are taken by
    their position in it: relative to the size of the class (`paper`; the first record of each
    class comes first), or absolute (`released`). At equal positions the rarest class comes first.
    """
    group = (whole, label)
    count = pl.len().over(*group)
    place = pl.col("draw").rank("ordinal").over(*group) - 1
    position = place / count if rules == "paper" else place
    turn = pl.struct(position, count.alias("count"), label).rank("ordinal").over(whole)
    quota = pl.col(whole).replace_strict(quotas, default=0)
    return pl.when(turn <= quota).then(whole)
