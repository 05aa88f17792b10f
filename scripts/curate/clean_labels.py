"""Clean the labels of a dataset and record every change."""

import logging
from pathlib import Path

import polars as pl

from bioscan.core.files import write_columns, write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.verdicts import read_verdicts
from bioscan.curate.cleaning import CLEANED_COLUMNS, as_entered, barcode_number, clean, summarise
from bioscan.curate.losses import describe_losses, large_losses
from bioscan.curate.verdicts import apply_verdicts


def clean_labels(
    raw: Path,
    min_majority: float | None,
    max_lost_share: float,
    min_barcode_letters: int,
    records: Path,
    changes: Path,
    summary: Path,
    losses: Path,
    contamination: Path,
    verdicts: Path | None = None,
) -> None:
    """Write the cleaned records, the trail of changes and its summary.

    Warns of large losses, in one line.

    Args:
        raw: the canonical records (Parquet), one row per specimen.
        min_majority: see `clean`; None leaves the labels as they were entered.
        max_lost_share: share of a taxon's records, or of all that were labelled at a rank, that
            may lose the label without a warning.
        min_barcode_letters: letters A, C, G, T below which a barcode shares no label.
        records: the same table with CLEANED_COLUMNS and `taxon` replaced.
        changes: Parquet, one row per changed label (CHANGES_SCHEMA).
        summary: CSV, counts per step (see `summarise`).
        losses: CSV, the labels that more than `max_lost_share` lost (see `large_losses`).
        contamination: CSV, the barcodes of several orders (see `mixed_orders`).
        verdicts: CSV of a curator's verdicts on the records, which come first.
    """
    labels = pl.scan_parquet(raw).select("processid", *CLEANED_COLUMNS, "taxon", "dna_barcode")
    judged = None
    if verdicts:
        after, judged = apply_verdicts(labels.collect(), read_verdicts(verdicts))
        labels = after.lazy()
    if min_majority is None:
        cleaned = as_entered(labels.drop("dna_barcode").collect())
    else:
        numbered = labels.with_columns(barcode_number(min_barcode_letters)).drop("dna_barcode")
        cleaned = clean(numbered.collect(engine="streaming"), min_majority)
    trail = cleaned.changes if judged is None else pl.concat([judged, cleaned.changes])
    write_parquet(trail, changes)
    write_csv(cleaned.summary if judged is None else summarise(trail), summary)
    write_csv(cleaned.contamination, contamination)
    large = large_losses(cleaned.losses, max_lost_share)
    write_csv(large, losses)
    if sentences := describe_losses(large):
        more = f"; and {len(sentences) - 1:,} more, see {losses}" if sentences[1:] else ""
        logging.getLogger("bioscan.curate").warning("label cleaning: %s%s", sentences[0], more)
    write_columns(raw, cleaned.records.drop("processid"), records)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        clean_labels(
            raw=Path(snakemake.input.records),
            verdicts=Path(snakemake.input.verdicts[0]) if snakemake.input.verdicts else None,
            min_majority=snakemake.params.min_majority,
            max_lost_share=snakemake.params.max_lost_share,
            min_barcode_letters=snakemake.params.min_barcode_letters,
            records=Path(snakemake.output.records),
            changes=Path(snakemake.output.changes),
            summary=Path(snakemake.output.summary),
            losses=Path(snakemake.output.losses),
            contamination=Path(snakemake.output.contamination),
        )
