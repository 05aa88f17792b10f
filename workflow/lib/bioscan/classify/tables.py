"""From single runs to the tables of the paper."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

#: What a model of the grid is known by; its runs differ in their seed.
MODEL = ("experiment", "backbone", "loss", "package")


def summarise_runs(runs: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Mean and deviation over the seeds of each model.

    Args:
        runs: one mapping a run: MODEL, seed, and `validation` and `test`, each metric → value.

    Returns:
        MODEL, split, metric, mean, std (of the sample; null for one seed), seeds, and `selected`:
        whether the model has the highest mean validation micro top-1 of its experiment and
        package (1M §5); the first of equals.
    """
    rows = pl.DataFrame(
        [
            {**{key: run[key] for key in MODEL}, "split": split, "metric": metric, "value": value}
            for run in runs
            for split in ("validation", "test")
            for metric, value in run[split].items()
        ]
    )
    table = rows.group_by(*MODEL, "split", "metric", maintain_order=True).agg(
        pl.col("value").mean().alias("mean"),
        pl.col("value").std().alias("std"),
        pl.len().alias("seeds"),
    )
    score = table.filter((pl.col("split") == "validation") & (pl.col("metric") == "micro_top1"))
    best = score.sort("mean", descending=True, maintain_order=True)
    best = best.unique(["experiment", "package"], keep="first", maintain_order=True)
    return table.join(
        best.select(*MODEL, selected=pl.lit(True)), on=MODEL, how="left", maintain_order="left"
    ).with_columns(pl.col("selected").fill_null(False))


def table5(summary: pl.DataFrame) -> pl.DataFrame:
    """Test figures of the selected models in percent (1M Table 5), in the published long form.

    Returns:
        task, size, metric (accuracy, f1; majority, which the paper does not print), average
        (micro, macro), k, backbone, loss, mean, std, seeds.
    """
    name = pl.col("metric").str.extract_groups(
        r"^(?<average>micro|macro)_(?<metric>top|f1|majority)(?<k>\d*)$"
    )
    size_and_task = pl.col("experiment").str.extract_groups(r"^(?<size>[a-z]+)_(?<task>.+)$")
    return (
        summary.filter("selected", pl.col("split") == "test")
        .with_columns(name.alias("parts"), size_and_task.alias("where"))
        .select(
            pl.col("where").struct.field("task"),
            pl.col("where").struct.field("size"),
            pl.col("parts").struct.field("metric").replace("top", "accuracy"),
            pl.col("parts").struct.field("average"),
            pl.col("parts").struct.field("k").cast(pl.Int64, strict=False),
            "backbone",
            "loss",
            (pl.col("mean", "std") * 100).round(2),
            "seeds",
        )
    )
