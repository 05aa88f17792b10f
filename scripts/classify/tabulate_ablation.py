"""Tabulate the metrics of classifiers by the package that they are trained on."""

from collections.abc import Sequence
from pathlib import Path

from bioscan.classify.settings import ClassifierRun
from bioscan.classify.tables import ablation_table, read_runs, summarise_runs
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_ablation(runs: Sequence[ClassifierRun], metrics: Sequence[Path], table: Path) -> None:
    """Write mean and standard deviation over the seeds, on both splits."""
    write_csv(ablation_table(summarise_runs(read_runs(runs, metrics))), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_ablation(
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            metrics=[Path(path) for path in snakemake.input.metrics],
            table=Path(snakemake.output[0]),
        )
