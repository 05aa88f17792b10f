"""Clean the labels of a dataset, and write down every change."""

from pathlib import Path

import polars as pl

from bioscan.core.files import atomic, write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.curate.cleaning import LABELS, as_entered, barcode_number, clean


def clean_labels(
    raw: Path, min_majority: float | None, records: Path, changes: Path, summary: Path
) -> None:
    """Write the cleaned records with their trail.

    Args:
        min_majority: see `clean`; None leaves the labels as they were entered.
    """
    table = pl.scan_parquet(raw)
    labels = table.select("processid", *LABELS, "taxon", barcode_number())
    labels = labels.collect(engine="streaming")
    cleaned = as_entered(labels) if min_majority is None else clean(labels, min_majority)
    write_parquet(cleaned.changes, changes)
    write_csv(cleaned.summary, summary)
    # The other columns (barcodes are most of the bytes) pass by without being held in memory.
    new = cleaned.records.lazy().drop("processid")
    whole = pl.concat([table.drop(*LABELS, "taxon"), new], how="horizontal", strict=True)
    with atomic(records) as partial:
        whole.select(table.collect_schema().names()).sink_parquet(partial, compression="zstd")


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        clean_labels(
            raw=Path(snakemake.input.records),
            min_majority=snakemake.params.min_majority,
            records=Path(snakemake.output.records),
            changes=Path(snakemake.output.changes),
            summary=Path(snakemake.output.summary),
        )
