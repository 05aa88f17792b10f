"""Tabulate all classification runs of the grid, and the winners as the paper does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bioscan.classify.tables import read_runs, summarise_runs, table5, validation_table
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_classifiers(
    runs: Sequence[Mapping[str, Any]],
    metrics: Sequence[Path],
    summary: Path,
    test: Path,
    accuracy: Path,
    f1: Path,
) -> None:
    """Write mean and deviation of every model, and the test figures of the selected ones."""
    table = summarise_runs(read_runs(runs, metrics))
    write_csv(table, summary)
    write_csv(table5(table), test)
    write_csv(validation_table(table, "accuracy"), accuracy)
    write_csv(validation_table(table, "f1"), f1)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_classifiers(
            runs=snakemake.params.runs,
            metrics=[Path(path) for path in snakemake.input.metrics],
            summary=Path(snakemake.output.runs),
            test=Path(snakemake.output.test),
            accuracy=Path(snakemake.output.accuracy),
            f1=Path(snakemake.output.f1),
        )
