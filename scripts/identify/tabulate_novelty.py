"""Tabulate how well new species are told by their barcodes."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.identify.novelty import novelty_by_length

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        known = pl.read_parquet(snakemake.input.known)
        write_csv(novelty_by_length(known), Path(snakemake.output[0]))
