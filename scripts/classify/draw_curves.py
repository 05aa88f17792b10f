"""Draw the training of the classifiers of an experiment."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.classify.figures import draw_curves
from bioscan.classify.settings import ClassifierRun
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log

#: Figure → its title, and the keys by which its models differ.
FIGURES = {
    "curves": ("training", ("backbone", "loss")),
    "ablation": ("training by package", ("backbone", "loss", "package")),
}


def draw_training(
    runs: Sequence[ClassifierRun], histories: Sequence[Path], part: str, figures: Sequence[Path]
) -> None:
    """Draw one figure; the seeds of a model make one line.

    Args:
        histories: history.csv of each run.
        part: a key of FIGURES.
    """
    title, names = FIGURES[part]
    models: dict[str, list[pl.DataFrame]] = {}
    for run, path in zip(runs, histories, strict=True):
        label = ", ".join(getattr(run, name) for name in names)
        models.setdefault(label, []).append(pl.read_csv(path))
    save_figure(draw_curves(models, f"{runs[0].experiment}: {title}"), *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_training(
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            histories=[Path(path) for path in snakemake.input.histories],
            part=snakemake.wildcards.part,
            figures=[Path(path) for path in snakemake.output],
        )
