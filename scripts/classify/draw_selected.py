"""Draw the selected model of an experiment: its confusion matrix, or its accuracy by class."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bioscan.classify.figures import LOSSES, draw_accuracy, draw_confusion
from bioscan.classify.settings import ClassifierRun
from bioscan.classify.tables import accuracy_by_class, read_selected
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
        summary, runs, predictions, models: as in `read_selected`.
        kind: `confusion`, the confusion matrix of the first seed; or `accuracy`, that of each class
            with all seeds.
        figures: the figure in each format.
    """
    model = read_selected(summary, runs, predictions, models)
    run, classes = model.run, model.description["label_names"]
    seeds = [predicted.filter(split="test") for predicted in model.predictions]
    title = f"{run.experiment}: {run.backbone}, {LOSSES[run.loss]}, test split"
    if kind == "confusion":
        title += f", seed {run.seed}"
        target, predicted = (seeds[0][name].to_numpy() for name in ("class", "predicted"))
        figure = draw_confusion(target, predicted, classes, title)
    else:
        figure = draw_accuracy(
            training=np.array(model.description["training_samples"]),
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
