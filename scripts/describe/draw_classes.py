"""Draw how the specimens spread over orders and families."""

from pathlib import Path

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.describe.figures import draw_class_distribution

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        records = pl.read_parquet(snakemake.input.records, columns=["order", "family"])
        save_figure(draw_class_distribution(records), *map(Path, snakemake.output))
