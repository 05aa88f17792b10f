"""Tabulate the selected classifiers, and all on the validation split, as the paper does."""

from pathlib import Path

from bioscan.classify.tables import read_summary, table5, validation_table
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_classifiers(summary: Path, test: Path, accuracy: Path, f1: Path) -> None:
    """Write the paper's three tables.

    Args:
        summary: classify/runs.csv, of `summarise_runs`.
    """
    table = read_summary(summary)
    write_csv(table5(table), test)
    write_csv(validation_table(table, "accuracy"), accuracy)
    write_csv(validation_table(table, "f1"), f1)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_classifiers(
            summary=Path(snakemake.input[0]),
            test=Path(snakemake.output.test),
            accuracy=Path(snakemake.output.accuracy),
            f1=Path(snakemake.output.f1),
        )
