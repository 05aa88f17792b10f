"""Draw the training of the classifiers of an experiment."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.classify.figures import LOSSES, Trained, draw_curves
from bioscan.classify.settings import ClassifierRun
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log

#: Figure → its title.
FIGURES = {"curves": "training", "ablation": "training by package"}


def draw_training(
    runs: Sequence[ClassifierRun],
    histories: Sequence[Path],
    part: str,
    backbones: Sequence[str],
    figures: Sequence[Path],
) -> None:
    """Draw one figure; the seeds of a model make one line.

    Args:
        histories: history.csv of each run.
        part: a key of FIGURES.
        backbones: all encoders of the run, which have a colour each; in the ablation packages have.
    """
    models: dict[Trained, list[pl.DataFrame]] = {}
    for run, path in zip(runs, histories, strict=True):
        loss = LOSSES[run.loss]
        if part == "ablation":
            model = Trained(run.package, f"{run.backbone}, {loss}", run.loss)
        else:
            model = Trained(run.backbone, loss, run.loss)
        models.setdefault(model, []).append(pl.read_csv(path))
    palette = [run.package for run in runs] if part == "ablation" else backbones
    title = f"{runs[0].experiment}: {FIGURES[part]}"
    save_figure(draw_curves(models, title, palette), *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_training(
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            histories=[Path(path) for path in snakemake.input.histories],
            part=snakemake.wildcards.part,
            backbones=snakemake.params.backbones,
            figures=[Path(path) for path in snakemake.output],
        )
