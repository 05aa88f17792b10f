"""Draw the training of the classifiers of an experiment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.classify.figures import draw_curves
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log

#: Figure → its title, and what tells its models apart.
PARTS = {
    "curves": ("training", ("backbone", "loss")),
    "ablation": ("training by package", ("backbone", "loss", "package")),
}


def draw_training(
    runs: Sequence[Mapping[str, Any]], histories: Sequence[Path], part: str, figures: Sequence[Path]
) -> None:
    """Draw the seeds of a model together."""
    title, names = PARTS[part]
    models: dict[str, list[pl.DataFrame]] = {}
    for run, path in zip(runs, histories, strict=True):
        label = ", ".join(run[name] for name in names)
        models.setdefault(label, []).append(pl.read_csv(path))
    save_figure(draw_curves(models, f"{runs[0]['experiment']}: {title}"), *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_training(
            runs=snakemake.params.runs,
            histories=[Path(path) for path in snakemake.input.histories],
            part=snakemake.wildcards.part,
            figures=[Path(path) for path in snakemake.output],
        )
