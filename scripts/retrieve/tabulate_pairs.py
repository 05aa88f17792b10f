"""Tabulate the training sets of a dataset."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tables = [pl.read_csv(path) for path in snakemake.input.counts]
        write_csv(pl.concat(tables), Path(snakemake.output[0]))
