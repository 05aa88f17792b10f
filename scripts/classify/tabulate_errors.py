"""Gather the errors of the selected classifiers, one row per experiment."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_errors(summaries: Sequence[Path], table: Path) -> None:
    """Write the rows of all experiments, in their order."""
    # As text: an empty share does not tell its type.
    rows = [pl.read_csv(path, infer_schema=False) for path in summaries]
    write_csv(pl.concat(rows), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_errors(
            summaries=[Path(path) for path in snakemake.input.summaries],
            table=Path(snakemake.output[0]),
        )
