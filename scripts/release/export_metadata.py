"""Write the metadata of the released records as published."""

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.release.archives import write_bioscan1m_table, write_bioscan5m_table
from bioscan.release.records import bioscan1m_table, bioscan5m_table, release_columns


def export_metadata(
    format: str, records: Path, boxes: Path, indices: Sequence[Path], metadata: Path
) -> None:
    """Write the TSV of 1M, or the zipped CSV of 5M (for own folders too).

    Args:
        format: bioscan1m, bioscan5m or folder.
        records: the partitioned records (Parquet).
        boxes: the boxes of all images (Parquet, detect's BOXES_SCHEMA).
        indices: index.parquet of the released packages.
        metadata: the TSV or zip.
    """
    known = pl.scan_parquet(records)
    added = release_columns(
        known.select("processid", "split").collect(),
        pl.read_parquet(boxes, columns=["processid", "area_fraction", "scale_factor"]),
        [pl.read_parquet(index)["processid"] for index in indices],
    )
    logging.info("%d of %d records are released", added["released"].sum(), added.height)
    known = known.drop(added.columns, strict=False)
    released = pl.concat([known, added.lazy()], how="horizontal").filter("released")
    if format == "bioscan1m":
        write_bioscan1m_table(bioscan1m_table(released), metadata)
    else:
        write_bioscan5m_table(bioscan5m_table(released), metadata)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export_metadata(
            format=snakemake.params.format,
            records=Path(snakemake.input.records),
            boxes=Path(snakemake.input.boxes),
            indices=[Path(path) for path in snakemake.input.indices],
            metadata=Path(snakemake.output[0]),
        )
