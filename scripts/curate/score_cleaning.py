"""Score the cleaning of simulated labels against the truth."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.core.records import RANKS
from bioscan.curate.truth import score_cleaning

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        columns = ["processid", *RANKS]
        true = ["processid", *(f"true_{rank}" for rank in RANKS), "true_label_rank", "noise"]
        scores = score_cleaning(
            pl.read_parquet(snakemake.input.raw, columns=columns),
            pl.read_parquet(snakemake.input.curated, columns=columns),
            pl.read_parquet(snakemake.input.truth, columns=true),
        )
        write_csv(scores, Path(snakemake.output[0]))
