"""Convert published, simulated or own metadata to the canonical records."""

import logging
from collections.abc import Collection
from pathlib import Path

from bioscan.core.files import write_csv, write_parquet
from bioscan.core.formats import NAMES
from bioscan.core.logs import job_log
from bioscan.core.quarantine import check_share
from bioscan.ingest.bold import read_bold
from bioscan.ingest.images import images_of
from bioscan.ingest.notes import Notes
from bioscan.ingest.records import write_records
from bioscan.ingest.tables import read_bioscan1m, read_bioscan5m, read_folder


def ingest_records(
    format: str,
    metadata: Path | None,
    folder: Path | None,
    missing: Collection[str],
    max_quarantined_share: float,
    records: Path,
    quarantine: Path,
    reading: Path,
    min_barcode_letters: int = 0,
) -> None:
    """Write the canonical records of a dataset, the quarantined rows of its metadata, and notes.

    Args:
        format: bioscan1m, bioscan5m, folder or bold.
        metadata: the table; may be None for a folder.
        folder: a folder of images; None for a published format, and for an export of BOLD alone.
        missing: the words for a missing value; published formats have their own.
        max_quarantined_share: largest share that may be quarantined.
        records: the Parquet file to write (core.records.SCHEMA).
        quarantine: the Parquet file to write (QUARANTINE_SCHEMA).
        reading: the CSV to write: what was passed over or taken for something else (NOTES_SCHEMA).
        min_barcode_letters: letters A, C, G, T below which a barcode is noted as short.

    Raises:
        InputError: the metadata cannot be read, or too much is quarantined.
    """
    source, notes = metadata or folder, Notes()
    images = [path.name for path in images_of(folder, notes)] if folder else []
    if format == "bioscan1m":
        batches = read_bioscan1m(metadata, notes)
    elif format == "bioscan5m":
        batches = read_bioscan5m(metadata, notes)
    elif format == "bold":
        batches = read_bold(metadata, images, missing, notes)
    else:
        batches = read_folder(images, metadata, missing, notes)
    # BOLD has a row for each sequence of a specimen; elsewhere a second row is a fault.
    keep = "longest" if format == "bold" else "first"
    quarantined, total = write_records(
        *(batches, source, records, notes, min_barcode_letters, keep),
        taxon_as_given=format in NAMES,
    )
    for line in notes.lines():
        logging.info("%s: %s", source, line)
    check_share(quarantined, total, max_quarantined_share, source)
    write_parquet(quarantined, quarantine)
    write_csv(notes.table(), reading)


def _only(paths: list[str]) -> Path | None:
    return Path(paths[0]) if paths else None


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        ingest_records(
            format=snakemake.params.format,
            metadata=_only(snakemake.input.metadata),
            folder=_only(snakemake.input.folder),
            missing=snakemake.params.missing,
            max_quarantined_share=snakemake.params.max_quarantined_share,
            records=Path(snakemake.output.records),
            quarantine=Path(snakemake.output.quarantine),
            reading=Path(snakemake.output.reading),
            min_barcode_letters=snakemake.params.min_barcode_letters,
        )
