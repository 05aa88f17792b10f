"""Draw one figure that describes the records of a dataset."""

from pathlib import Path

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.describe.figures import FIGURES

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw = FIGURES[snakemake.wildcards.figure]
        save_figure(draw(pl.scan_parquet(snakemake.input.records)), *map(Path, snakemake.output))
