"""Count the records of a dataset for one table of its paper."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.describe.counts import COUNTS

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        records = pl.read_parquet(snakemake.input.records)
        write_csv(COUNTS[snakemake.params.counts](records), Path(snakemake.output[0]))
