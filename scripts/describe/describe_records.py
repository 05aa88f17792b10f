"""Make all tables that describe a dataset."""

from collections.abc import Iterable
from pathlib import Path

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.describe.counts import read_records
from bioscan.describe.tables import TABLES


def describe_records(
    records: Path,
    boxes: Path | None,
    mm_per_pixel: float | None,
    images: Path | None,
    tables: Iterable[Path],
) -> None:
    """Write the tables, reading the records once.

    Args:
        records: the partitioned records (Parquet), one row per specimen.
        boxes, mm_per_pixel, images: see `read_records`.
        tables: CSV files, each named after its entry in TABLES.
    """
    frame = read_records(records, boxes, mm_per_pixel, images)
    for path in tables:
        write_csv(TABLES[path.stem](frame), path)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        boxes, images = snakemake.input.boxes, snakemake.input.images
        describe_records(
            records=Path(snakemake.input.records),
            boxes=Path(boxes[0]) if boxes else None,
            mm_per_pixel=snakemake.params.mm_per_pixel,
            images=Path(images[0]) if images else None,
            tables=map(Path, snakemake.output),
        )
