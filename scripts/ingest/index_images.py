"""Locate every image inside its archive, without unpacking anything."""

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import h5py
import polars as pl

from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.quarantine import check_share
from bioscan.core.verdicts import read_verdicts
from bioscan.ingest.hdf5 import list_hdf5
from bioscan.ingest.images import list_archive, list_folder, warn_of_unread
from bioscan.ingest.matching import match_records, without_removed
from bioscan.ingest.notes import Notes


def list_images(archive: Path) -> tuple[pl.DataFrame, Notes]:
    """The images of a zip or an HDF5 file, rows of FOUND_SCHEMA, and notes on them."""
    notes = Notes()
    list_them = list_hdf5 if h5py.is_hdf5(archive) else list_archive
    return list_them(archive, notes), notes


def index_images(
    records: Path,
    archives: Sequence[Path],
    folders: Sequence[Path],
    processes: int,
    max_quarantined_share: float,
    index: Path,
    quarantine: Path,
    reading: Path,
    every_record: bool = True,
    verdicts: Path | None = None,
) -> None:
    """Write the image index of a dataset, and the quarantined images and records.

    Args:
        records: the canonical records (processid, image_file).
        archives: zips and HDF5 files.
        folders: folders of images.
        processes: number of archives to list at a time.
        max_quarantined_share: largest share that may be quarantined.
        index: the Parquet file to write (IMAGE_INDEX_SCHEMA).
        quarantine: the Parquet file to write (QUARANTINE_SCHEMA).
        reading: the CSV to write: what was passed over or changed (NOTES_SCHEMA).
        every_record: whether every record should have an image, and is quarantined without one;
            otherwise those without are counted in `reading`.
        verdicts: CSV of a curator's verdicts; photographs that they remove are quarantined.

    Raises:
        InputError: an archive or folder cannot be read, or too much is quarantined.
    """
    source, notes = archives[0].parent if archives else folders[0], Notes()
    # A forked process would wait forever for the threads of polars, which it does not have.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        listed = list(pool.map(list_images, archives))
    for _, noted in listed:
        notes.update(noted)
    warn_of_unread(source, notes)
    found = pl.concat(
        [images for images, _ in listed] + [list_folder(folder, notes) for folder in folders]
    )
    known = pl.read_parquet(records, columns=["processid", "image_file"])
    rows, quarantined = match_records(found, known, notes, str(source), every_record)
    for line in notes.lines():
        logging.info("%s: %s", source, line)
    check_share(quarantined, rows.height + quarantined.height, max_quarantined_share, source)
    if verdicts:
        # After the check, as nothing is wrong with the source.
        rows, removed = without_removed(rows, read_verdicts(verdicts))
        quarantined = pl.concat([quarantined, removed])
    write_parquet(rows, index)
    write_parquet(quarantined, quarantine)
    write_csv(notes.table(), reading)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        index_images(
            records=Path(snakemake.input.records),
            archives=[Path(path) for path in snakemake.input.archives],
            folders=[Path(path) for path in snakemake.input.folder],
            processes=snakemake.threads,
            max_quarantined_share=snakemake.params.max_quarantined_share,
            index=Path(snakemake.output.index),
            quarantine=Path(snakemake.output.quarantine),
            reading=Path(snakemake.output.reading),
            every_record=snakemake.params.every_record,
            verdicts=Path(snakemake.input.verdicts[0]) if snakemake.input.verdicts else None,
        )
