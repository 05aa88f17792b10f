"""Draw the confusion matrix of the selected model of an experiment, on its test split."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.classify.figures import draw_confusion
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log


def draw_selected(
    summary: Path,
    runs: Sequence[Mapping[str, Any]],
    predictions: Sequence[Path],
    models: Sequence[Path],
    figures: Sequence[Path],
) -> None:
    """Draw the first seed of the selected model."""
    selected = pl.read_csv(summary).filter("selected").unique(["backbone", "loss", "experiment"])
    winners = set(selected.select("experiment", "backbone", "loss").iter_rows())
    for run, table, model in zip(runs, predictions, models, strict=True):
        key = run["experiment"], run["backbone"], run["loss"]
        if key in winners:
            test = pl.read_parquet(table).filter(pl.col("split") == "test")
            classes = json.loads(model.read_text())["classes"]
            title = f"{run['experiment']}: {run['backbone']}, {run['loss']}, test split"
            matrix = draw_confusion(
                test["class"].to_numpy(), test["predicted"].to_numpy(), classes, title
            )
            save_figure(matrix, *figures)
            return


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_selected(
            summary=Path(snakemake.input.runs),
            runs=snakemake.params.runs,
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            figures=[Path(path) for path in snakemake.output],
        )
