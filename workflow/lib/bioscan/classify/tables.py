"""The tables of the paper, from the metrics of single runs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bioscan.classify.settings import ClassifierRun

#: The keys of a model; its runs differ in their seed.
MODEL = ("experiment", "backbone", "loss", "package", "recipe")

#: Among the models with the same values of these, one is selected: they differ in backbone and
#: loss (1M §5).
CONTEST = ("experiment", "package", "recipe")

#: Names in the config → as the paper prints them.
PRINTED = {
    "resnet50": "ResNet-50",
    "vit_base_patch16_224": "ViT-B/16",
    "ce": "CE",
    "focal": "Focal",
    "original_256": "original",
    "cropped_256": "cropped",
}


def read_runs(runs: Sequence[ClassifierRun], metrics: Sequence[Path]) -> list[dict[str, Any]]:
    """Runs with the contents of their metrics.json files, in order, for `summarise_runs`."""
    return [
        {**asdict(run), **json.loads(path.read_text())}
        for run, path in zip(runs, metrics, strict=True)
    ]


def summarise_runs(runs: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Mean and standard deviation over the seeds of each model.

    Args:
        runs: one mapping per run: MODEL, seed, and `validation` and `test`, each metric → value.

    Returns:
        MODEL, split, metric, mean, std (of the sample; null for one seed), seeds, and `selected`:
        whether the model has the highest mean validation micro top-1 of its CONTEST; the first of
        equals.
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
    best = best.unique(CONTEST, keep="first", maintain_order=True)
    return table.join(
        best.select(*MODEL, selected=pl.lit(True)), on=MODEL, how="left", maintain_order="left"
    ).with_columns(pl.col("selected").fill_null(False))


def read_summary(path: Path) -> pl.DataFrame:
    """Read runs.csv, the table of `summarise_runs`; no model may have a standard deviation."""
    return pl.read_csv(path, schema_overrides={"std": pl.Float64})


def selected_among(summary: pl.DataFrame, runs: Sequence[ClassifierRun]) -> list[int]:
    """Indices of the runs of the model that was selected among them, in their order.

    Args:
        summary: the table of `summarise_runs`.
        runs: those of one CONTEST.
    """
    contest = {key: getattr(runs[0], key) for key in CONTEST}
    selected = summary.filter("selected", **contest).row(0, named=True)
    return [
        place
        for place, run in enumerate(runs)
        if all(getattr(run, key) == selected[key] for key in MODEL)
    ]


@dataclass(frozen=True)
class SelectedModel:
    """The model that was selected among the runs of an experiment.

    Attributes:
        run: its first seed.
        predictions: predictions.parquet of each seed.
        description: config.json of its first seed.
    """

    run: ClassifierRun
    predictions: list[pl.DataFrame]
    description: dict[str, Any]


def read_selected(
    summary: Path,
    runs: Sequence[ClassifierRun],
    predictions: Sequence[Path],
    models: Sequence[Path],
) -> SelectedModel:
    """Read what the selected model predicts.

    Args:
        summary: runs.csv, the table of `summarise_runs`.
        runs: the runs of one experiment, package and recipe.
        predictions, models: predictions.parquet and config.json of each run.
    """
    selected = selected_among(read_summary(summary), runs)
    return SelectedModel(
        run=runs[selected[0]],
        predictions=[pl.read_parquet(predictions[place]) for place in selected],
        description=json.loads(models[selected[0]].read_text()),
    )


def table5(summary: pl.DataFrame) -> pl.DataFrame:
    """Test metrics of the selected models (1M Table 5).

    Returns:
        task, size, metric, average, k, model (backbone and loss), recipe, mean, std (in percent,
        but for the loss) and seeds. The metrics are accuracy and f1; and majority (the accuracy of
        always predicting the most frequent class) and loss (cross-entropy), which the paper does
        not print.
    """
    rows = _long(summary.filter("selected", pl.col("split") == "test"))
    model = pl.concat_str("backbone", "loss", separator=", ").alias("model")
    return rows.select(
        *("task", "size", "metric", "average", "k"), model, "recipe", "mean", "std", "seeds"
    )


def validation_table(summary: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Validation metrics of all models: top-1 accuracy (1M Table A3) or f1 (A4).

    Args:
        metric: accuracy or f1.

    Returns:
        task, size, backbone, loss, metric, average, k, recipe, mean, std (percent), seeds and
        selected.
    """
    rows = _long(summary.filter(pl.col("split") == "validation"))
    shown = (pl.col("metric") == metric) & (pl.col("k").is_null() | (pl.col("k") == 1))
    return rows.filter(shown).select(
        *("task", "size", "backbone", "loss", "metric", "average", "k"),
        *("recipe", "mean", "std", "seeds", "selected"),
    )


def ablation_table(summary: pl.DataFrame) -> pl.DataFrame:
    """Accuracy of models that differ in the package they are trained on (1M Table A6).

    The paper does not name the split of its values; they agree with its Table A3, which is for the
    validation split.

    Returns:
        task, size, backbone, loss, image_type, metric (accuracy), average, k, recipe, mean and std
        on the validation split, test_mean and test_std (fractions), seeds.
    """
    rows = _long(summary, scale=1, places=4)
    rows = rows.filter(pl.col("metric") == "accuracy", pl.col("k").is_in([1, 5]))
    keys = ["task", "size", "backbone", "loss", "image_type", "metric", "average", "k", "recipe"]
    test = rows.filter(split="test").select(*keys, test_mean="mean", test_std="std")
    validation = rows.filter(split="validation").select(*keys, "mean", "std", "seeds")
    table = validation.join(test, on=keys, maintain_order="left")
    return table.select(*keys, "mean", "std", "test_mean", "test_std", "seeds")


def ranks_table(summary: pl.DataFrame) -> pl.DataFrame:
    """Every model of a dataset that is classified by rank, on both splits.

    Returns:
        rank, backbone, loss, package, recipe, split, metric, average, k, mean, std (in percent,
        but for the loss), seeds and selected. The metrics are those of `table5`.
    """
    rows = _long(summary).rename({"experiment": "rank"})
    return rows.select(
        *("rank", "backbone", "loss", "package", "recipe", "split", "metric", "average", "k"),
        *("mean", "std", "seeds", "selected"),
    )


def accuracy_by_class(predictions: pl.DataFrame, classes: int) -> np.ndarray:
    """Share of each class's samples that are classified correctly (1M Figure 5): (classes,).

    NaN for a class without samples.

    Args:
        predictions: `class` and `predicted` of each sample.
    """
    correct = (pl.col("class") == pl.col("predicted")).mean().alias("correct")
    found = predictions.group_by("class").agg(correct)
    every = pl.DataFrame({"class": range(classes)}, schema={"class": pl.Int64})
    return every.join(found, on="class", how="left", maintain_order="left")["correct"].to_numpy()


def _long(summary: pl.DataFrame, scale: int = 100, places: int = 2) -> pl.DataFrame:
    """A summary in the published long form: task, size, metric, average, k, names as PRINTED."""
    name = pl.col("metric").str.extract_groups(
        r"^(?:(?<average>micro|macro)_)?(?<metric>top|f1|majority|loss)(?<k>\d*)$"
    )
    size_and_task = pl.col("experiment").str.extract_groups(r"^(?<size>[a-z]+)_(?<task>.+)$")
    value = pl.col("mean", "std")
    fraction = pl.col("metric") != "loss"
    return (
        summary.with_columns(name.alias("parts"), size_and_task.alias("where"))
        .with_columns(
            pl.col("where").struct.field("task"),
            pl.col("where").struct.field("size"),
            pl.col("parts").struct.field("metric").replace("top", "accuracy"),
            pl.col("parts").struct.field("average"),
            pl.col("parts").struct.field("k").cast(pl.Int64, strict=False),
            pl.col("backbone", "loss").replace(PRINTED),
            pl.col("package").replace(PRINTED).alias("image_type"),
        )
        .with_columns(
            pl.when(fraction).then((value * scale).round(places)).otherwise(value.round(4))
        )
    )
