"""Write the metadata of the released records as published, and their boxes."""

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.formats import Format
from bioscan.core.logs import job_log
from bioscan.core.published import bioscan1m_columns, bioscan5m_columns
from bioscan.release.archives import (
    write_bioscan1m_table,
    write_bioscan5m_table,
    write_boxes,
)
from bioscan.release.records import Sizes, read_released


def export_metadata(
    format: Format,
    sizes: Sizes,
    records: Path,
    boxes: Path | None,
    indices: Sequence[Path],
    metadata: Path,
) -> None:
    """Write the TSV of 1M, or the zipped CSV of 5M (for own tables too).

    Args:
        format: bioscan1m or bioscan5m.
        sizes: see `release_columns`.
        records: the partitioned records (Parquet).
        boxes: the boxes of all images (Parquet, detect's BOXES_SCHEMA), if there are any.
        indices: index.parquet of the released packages.
        metadata: the TSV or zip.
    """
    released = read_released(format, records, boxes, indices, sizes)
    count, total = (
        table.select(pl.len()).collect().item() for table in (released, pl.scan_parquet(records))
    )
    logging.info("%d of %d records are released", count, total)
    if format == "bioscan1m":
        write_bioscan1m_table(released.select(bioscan1m_columns()), metadata)
    else:
        write_bioscan5m_table(released.select(bioscan5m_columns()), metadata)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        indices = [Path(path) for path in snakemake.input.indices]
        boxes = Path(snakemake.input.boxes) if snakemake.input.boxes else None
        export_metadata(
            format=snakemake.params.format,
            sizes=snakemake.params.sizes,
            records=Path(snakemake.input.records),
            boxes=boxes,
            indices=indices,
            metadata=Path(snakemake.output.metadata),
        )
        if boxes:
            write_boxes(Path(snakemake.input.tsv), indices, Path(snakemake.output.boxes))
