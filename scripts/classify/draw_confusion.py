"""Draw the confusion matrix of the selected model of an experiment, on its test split."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.classify.figures import draw_confusion
from bioscan.classify.tables import selected_among
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
    first = selected_among(pl.read_csv(summary), runs)[0]
    run = runs[first]
    test = pl.read_parquet(predictions[first]).filter(split="test")
    matrix = draw_confusion(
        test["class"].to_numpy(),
        test["predicted"].to_numpy(),
        json.loads(models[first].read_text())["label_names"],
        f"{run['experiment']}: {run['backbone']}, {run['loss']}, test split",
    )
    save_figure(matrix, *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_selected(
            summary=Path(snakemake.input.runs),
            runs=snakemake.params.runs,
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            figures=[Path(path) for path in snakemake.output],
        )
