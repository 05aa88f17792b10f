"""Clean the labels of a dataset, and write down every change."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.curate.cleaning import clean


def clean_labels(
    raw: Path, min_majority: float, records: Path, changes: Path, summary: Path
) -> None:
    """Write the cleaned records with their trail."""
    cleaned = clean(pl.read_parquet(raw), min_majority)
    write_parquet(cleaned.changes, changes)
    write_csv(cleaned.summary, summary)
    write_parquet(cleaned.records, records)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        clean_labels(
            raw=Path(snakemake.input.records),
            min_majority=snakemake.params.min_majority,
            records=Path(snakemake.output.records),
            changes=Path(snakemake.output.changes),
            summary=Path(snakemake.output.summary),
        )
