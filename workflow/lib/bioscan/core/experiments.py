"""What an experiment of classification classifies, and how its samples are divided."""

import polars as pl

from bioscan.core.records import RANKS, TASKS

#: Shares of each class (1M §4.1).
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}

#: Fewest samples of a class: one per split (1M §4.1: all classes are in all splits).
MIN_SAMPLES = len(SHARES)


def rank_of(experiment: str) -> str:
    """The rank that an experiment classifies by.

    >>> rank_of("small_diptera_family"), rank_of("genus")
    ('family', 'genus')
    """
    return experiment if experiment in RANKS else TASKS[experiment.split("_", 1)[1]]


def order_within(experiment: str) -> str | None:
    """The order whose specimens alone an experiment classifies; None where it has several.

    >>> order_within("small_diptera_family"), order_within("genus")
    ('Diptera', None)
    """
    return "Diptera" if experiment.endswith("_diptera_family") else None


def divide(*group: str | pl.Expr) -> pl.Expr:
    """The splits of samples: SHARES within each class, at random, at least one per split.

    Null for what has no class, or one of fewer than MIN_SAMPLES samples. The order is that of the
    column `draw`, of random numbers.

    Args:
        group: the class, and what else samples are divided within.
    """
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
    # MIN_SAMPLES applies to the whole class, not only to the part of it that is divided here.
    enough = pl.len().over(group[0]) >= MIN_SAMPLES
    return pl.when(pl.col(group[0]).is_not_null() & enough).then(split)
