"""Draw the selected model of an experiment: its confusion matrix, or its accuracy by class."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.classify.figures import draw_accuracy, draw_confusion
from bioscan.classify.settings import ClassifierRun
from bioscan.classify.tables import accuracy_by_class, selected_among
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log


def draw_selected(
    summary: Path,
    runs: Sequence[ClassifierRun],
    predictions: Sequence[Path],
    models: Sequence[Path],
    kind: str,
    figures: Sequence[Path],
) -> None:
    """Draw the selected model on the test split.

    Args:
        summary: runs.csv, the table of `summarise_runs`.
        runs: the runs of one experiment, package and recipe.
        predictions, models: predictions.parquet and config.json of each run.
        kind: `confusion`, the confusion matrix of the first seed; or `accuracy`, that of each class
            with all seeds.
        figures: the figure in each format.
    """
    selected = selected_among(pl.read_csv(summary), runs)
    run, model = runs[selected[0]], json.loads(models[selected[0]].read_text())
    seeds = [pl.read_parquet(predictions[place]).filter(split="test") for place in selected]
    classes = model["label_names"]
    title = f"{run.experiment}: {run.backbone}, {run.loss}, test split"
    if kind == "confusion":
        target, predicted = (seeds[0][name].to_numpy() for name in ("class", "predicted"))
        figure = draw_confusion(target, predicted, classes, title)
    else:
        figure = draw_accuracy(
            training=np.array(model["training_samples"]),
            support=np.bincount(seeds[0]["class"], minlength=len(classes)),
            recall=np.stack([accuracy_by_class(seed, len(classes)) for seed in seeds]),
            classes=classes,
            title=title,
        )
    save_figure(figure, *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_selected(
            summary=Path(snakemake.input.runs),
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            kind=snakemake.wildcards.figure,
            figures=[Path(path) for path in snakemake.output],
        )
