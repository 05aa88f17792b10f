"""Write the trained models of a run with a card each."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.release.models import ReleasedModel, choose, read_models, release_model


def export_models(models: Sequence[ReleasedModel], runs: Path | None, folder: Path) -> None:
    """Write a folder per model: config.json, model.safetensors, README.md.

    Args:
        models: to release.
        runs: the table of all classifiers, which says which one is selected; if there are any.
        folder: to write to, which appears whole.
    """
    table = pl.read_csv(runs) if runs else None
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        for model in models:
            release_model(model, choose(model, table), Path(scratch, model.name))
        shutil.copytree(scratch, folder, dirs_exist_ok=True, copy_function=shutil.move)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export_models(
            models=read_models(snakemake.params.models),
            runs=Path(snakemake.input.runs[0]) if snakemake.input.runs else None,
            folder=Path(snakemake.output[0]),
        )
