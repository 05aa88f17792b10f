"""Locate every image inside its archive, without unpacking anything."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import h5py
import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.quarantine import check_share
from bioscan.ingest.hdf5 import list_hdf5
from bioscan.ingest.images import list_archive, list_folder
from bioscan.ingest.matching import match_records


def list_images(archive: Path) -> pl.DataFrame:
    """The images of a zip or an HDF5 file, rows of FOUND_SCHEMA."""
    return list_hdf5(archive) if h5py.is_hdf5(archive) else list_archive(archive)


def index_images(
    records: Path,
    archives: Sequence[Path],
    folders: Sequence[Path],
    processes: int,
    max_quarantined_share: float,
    index: Path,
    quarantine: Path,
    every_record: bool = True,
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
        every_record: whether every record should have an image, and is quarantined without one.

    Raises:
        InputError: an archive or folder cannot be read, or too much is quarantined.
    """
    # A forked process would wait forever for the threads of polars, which it does not have.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = pl.concat([*pool.map(list_images, archives), *map(list_folder, folders)])
    known = pl.read_parquet(records, columns=["processid", "image_file"])
    if not every_record:
        known = known.drop_nulls("image_file")
    rows, quarantined = match_records(found, known)
    source = archives[0].parent if archives else folders[0]
    check_share(quarantined, rows.height + quarantined.height, max_quarantined_share, source)
    write_parquet(rows, index)
    write_parquet(quarantined, quarantine)


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
            # Most specimens of an export of BOLD were never photographed by its user.
            every_record=snakemake.params.format != "bold",
        )
