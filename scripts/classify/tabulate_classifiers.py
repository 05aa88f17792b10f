"""Tabulate all classification runs of the grid, and the selected models as the paper does."""

from collections.abc import Sequence
from pathlib import Path

from bioscan.classify.settings import ClassifierRun
from bioscan.classify.tables import read_runs, summarise_runs, table5, validation_table
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_classifiers(
    runs: Sequence[ClassifierRun],
    metrics: Sequence[Path],
    summary: Path,
    test: Path,
    accuracy: Path,
    f1: Path,
) -> None:
    """Write the means and standard deviations of all models, and the paper's three tables."""
    table = summarise_runs(read_runs(runs, metrics))
    write_csv(table, summary)
    write_csv(table5(table), test)
    write_csv(validation_table(table, "accuracy"), accuracy)
    write_csv(validation_table(table, "f1"), f1)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_classifiers(
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            metrics=[Path(path) for path in snakemake.input.metrics],
            summary=Path(snakemake.output.runs),
            test=Path(snakemake.output.test),
            accuracy=Path(snakemake.output.accuracy),
            f1=Path(snakemake.output.f1),
        )
