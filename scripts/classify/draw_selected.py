"""Draw the selected model of an experiment: its confusion matrix and its accuracy by class."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.classify.figures import draw_accuracy, draw_confusion
from bioscan.classify.settings import Run
from bioscan.classify.tables import accuracy_by_class, selected_among
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log


def draw_selected(
    summary: Path,
    runs: Sequence[Run],
    predictions: Sequence[Path],
    models: Sequence[Path],
    confusion: Sequence[Path],
    accuracy: Sequence[Path],
) -> None:
    """Draw the confusion matrix of the first seed and the accuracy of all, on the test split.

    Args:
        summary: runs.csv, the table of `summarise_runs`.
        runs: the runs of one experiment, package and recipe.
        predictions, models: predictions.parquet and config.json of each run.
        confusion, accuracy: the files of each figure.
    """
    selected = selected_among(pl.read_csv(summary), runs)
    run, model = runs[selected[0]], json.loads(models[selected[0]].read_text())
    seeds = [pl.read_parquet(predictions[place]).filter(split="test") for place in selected]
    classes = model["label_names"]
    title = f"{run.experiment}: {run.backbone}, {run.loss}, test split"

    matrix = draw_confusion(
        seeds[0]["class"].to_numpy(), seeds[0]["predicted"].to_numpy(), classes, title
    )
    save_figure(matrix, *confusion)
    by_class = draw_accuracy(
        training=np.array(model["training_samples"]),
        support=np.bincount(seeds[0]["class"], minlength=len(classes)),
        recall=np.stack([accuracy_by_class(seed, len(classes)) for seed in seeds]),
        classes=classes,
        title=title,
    )
    save_figure(by_class, *accuracy)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_selected(
            summary=Path(snakemake.input.runs),
            runs=[Run(**run) for run in snakemake.params.runs],
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            confusion=[Path(snakemake.output.confusion_png), Path(snakemake.output.confusion_pdf)],
            accuracy=[Path(snakemake.output.accuracy_png), Path(snakemake.output.accuracy_pdf)],
        )
