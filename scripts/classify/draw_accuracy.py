"""Draw how well the selected model of an experiment knows each class, on its test split."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bioscan.classify.figures import draw_accuracy
from bioscan.classify.tables import accuracy_by_class, selected_among
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log


def draw_selected(
    summary: Path,
    runs: Sequence[Mapping[str, Any]],
    predictions: Sequence[Path],
    models: Sequence[Path],
    figures: Sequence[Path],
) -> None:
    """Draw all seeds of the selected model."""
    chosen = selected_among(pl.read_csv(summary), runs)
    run, model = runs[chosen[0]], json.loads(models[chosen[0]].read_text())
    tests = [pl.read_parquet(predictions[place]).filter(split="test") for place in chosen]
    classes = model["label_names"]
    figure = draw_accuracy(
        training=np.array(model["training_samples"]),
        support=np.bincount(tests[0]["class"], minlength=len(classes)),
        recall=np.stack([accuracy_by_class(test, len(classes)) for test in tests]),
        classes=classes,
        title=f"{run['experiment']}: {run['backbone']}, {run['loss']}, test split",
    )
    save_figure(figure, *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_selected(
            summary=Path(snakemake.input.runs),
            runs=snakemake.params.runs,
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            figures=[Path(path) for path in snakemake.output],
        )
