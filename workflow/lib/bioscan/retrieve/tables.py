"""Tables of accuracies: 5M Tables 5 and A17, and answers beyond the paper."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from bioscan.core.texts import TEXT_RANKS

#: Columns that say whose scores they are.
FACTS = ("model", "seed", "trained_on", "aligned")

#: The split of each group in the tables: the test queries.
GROUPS = {"seen": "test", "unseen": "test_unseen", "harmonic_mean": "test+test_unseen"}

#: The pairs that the paper evaluates, in its order.
PRINTED = ("dna_to_dna", "image_to_image", "image_to_dna")


def gather(facts: Iterable[Mapping[str, Any]], scores: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The scores of all models in one table, below their facts.

    Args:
        facts: `FACTS` of each table, one per seed of a model.
        scores: of `score_answers` (with query, key and answer), or of `score_novelty`.
    """
    parts = [
        table.select(*(pl.lit(of[name]).alias(name) for name in FACTS), pl.all())
        for of, table in zip(facts, scores, strict=True)
    ]
    return pl.concat(parts)


def over_seeds(scores: pl.DataFrame) -> pl.DataFrame:
    """Mean and standard deviation (of the sample; null for one seed) over the seeds of a model.

    Returns:
        The columns of `gather` without the seed; value is the mean; sd and seeds.
    """
    counts = ["queries", "classes", "without_label", "without_key"]
    by = [name for name in scores.columns if name not in ("seed", "value", *counts)]
    return scores.group_by(by, maintain_order=True).agg(
        pl.col("value").mean(),
        pl.col("value").std().alias("sd"),
        pl.len().alias("seeds"),
        pl.col(counts).first(),
    )


def table5(scores: pl.DataFrame, average: str) -> pl.DataFrame:
    """Top-1 accuracy on the test queries: 5M Table 5 (macro) and Table A17 (micro).

    Args:
        scores: of `over_seeds`.
        average: `macro` or `micro`.

    Returns:
        level, model, trained_on, aligned, query, key, seen, unseen and harmonic_mean (percent), and
        the number of seeds.
    """
    names = ["level", "model", "trained_on", "aligned", "query", "key"]
    rows = scores.filter(pl.col("answer") == "nearest", pl.col("top") == 1, average=average)
    rows = rows.filter((pl.col("query") + "_to_" + pl.col("key")).is_in(PRINTED))
    found = _beside(rows, [*names, "seeds"], ["value"])
    place = _order("level", TEXT_RANKS), _order("pair", PRINTED)
    found = found.with_columns((pl.col("query") + "_to_" + pl.col("key")).alias("pair"))
    ordered = found.with_row_index().sort(place[0], place[1], "index")
    return ordered.select(*names, *GROUPS, "seeds")


def methods_table(scores: pl.DataFrame) -> pl.DataFrame:
    """Macro accuracy of every pair and answer on the test queries, those beyond the paper too.

    Args:
        scores: of `over_seeds`.

    Returns:
        level, query, key, answer, top, model, aligned; seen, unseen and harmonic_mean (percent),
        each with its standard deviation over the seeds (sd); seeds.
    """
    names = ["level", "query", "key", "answer", "top", "model", "aligned"]
    found = _beside(scores.filter(average="macro"), [*names, "seeds"], ["value", "sd"])
    ordered = found.with_row_index().sort(_order("level", TEXT_RANKS), "index")
    values = [column for group in GROUPS for column in (group, f"{group}_sd")]
    return ordered.select(*names, *values, "seeds")


def _order(column: str, values: Iterable[str]) -> pl.Expr:
    return pl.col(column).replace_strict({value: n for n, value in enumerate(values)})


def _beside(rows: pl.DataFrame, names: list[str], values: list[str]) -> pl.DataFrame:
    """The test queries' values of the groups beside one another, rounded to two places."""
    suffixes = {"value": "", "sd": "_sd"}
    columns = [
        pl.col(value)
        .filter(group=group, split=split)
        .first()
        .round(2)
        .alias(f"{group}{suffixes[value]}")
        for group, split in GROUPS.items()
        for value in values
    ]
    return rows.group_by(names, maintain_order=True).agg(columns)


def novelty_table(scores: pl.DataFrame) -> pl.DataFrame:
    """How well models tell new species from known ones.

    Args:
        scores: of `gather`.

    Returns:
        model, aligned, by, score, auroc (mean over seeds), auroc_sd, found, false_alarms (percent),
        seeds, and numbers of queries.
    """
    return scores.group_by("model", "aligned", "by", "score", maintain_order=True).agg(
        pl.col("auroc").mean().round(4),
        pl.col("auroc").std().round(4).alias("auroc_sd"),
        pl.col("found", "false_alarms").mean().round(2),
        pl.len().alias("seeds"),
        pl.col("seen", "unseen", "heldout").first(),
    )
