"""Tabulate the classifiers of a dataset that is classified by rank."""

from pathlib import Path

from bioscan.classify.tables import ranks_table, read_summary
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_ranks(summary: Path, table: Path) -> None:
    """Write the metrics of each model on both splits.

    Args:
        summary: classify/runs.csv, of `summarise_runs`.
    """
    write_csv(ranks_table(read_summary(summary)), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_ranks(summary=Path(snakemake.input[0]), table=Path(snakemake.output[0]))
