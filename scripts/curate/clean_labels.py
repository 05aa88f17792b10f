"""Clean the labels of a dataset and record every change."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_columns, write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.curate.cleaning import CLEANED_COLUMNS, as_entered, barcode_number, clean


def clean_labels(
    raw: Path,
    min_majority: float | None,
    records: Path,
    changes: Path,
    summary: Path,
    min_barcode_letters: int = 0,
) -> None:
    """Write the cleaned records, the trail of changes and its summary.

    Args:
        raw: the canonical records (Parquet), one row per specimen.
        min_majority: see `clean`; None leaves the labels as they were entered.
        records: the same table with CLEANED_COLUMNS and `taxon` replaced.
        changes: Parquet, one row per changed label (CHANGES_SCHEMA).
        summary: CSV, counts per step (see `summarise`).
        min_barcode_letters: letters A, C, G, T below which a barcode shares no label.
    """
    labels = pl.scan_parquet(raw).select("processid", *CLEANED_COLUMNS, "taxon", "dna_barcode")
    if min_majority is None:
        cleaned = as_entered(labels.drop("dna_barcode").collect())
    else:
        numbered = labels.with_columns(barcode_number(min_barcode_letters)).drop("dna_barcode")
        cleaned = clean(numbered.collect(engine="streaming"), min_majority)
    write_parquet(cleaned.changes, changes)
    write_csv(cleaned.summary, summary)
    write_columns(raw, cleaned.records.drop("processid"), records)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        clean_labels(
            raw=Path(snakemake.input.records),
            min_majority=snakemake.params.min_majority,
            records=Path(snakemake.output.records),
            changes=Path(snakemake.output.changes),
            summary=Path(snakemake.output.summary),
            min_barcode_letters=snakemake.params.min_barcode_letters,
        )
