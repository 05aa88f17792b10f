"""Write the released records with the images of a package as Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.formats import Format
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.core.published import member_name
from bioscan.release.fields import fields
from bioscan.release.parquet import write_dataset
from bioscan.release.records import Sizes, read_batches


def export_parquet(
    format: Format,
    package: str,
    sizes: Sizes,
    records: Path,
    boxes: Path,
    index: Path,
    indices: Sequence[Path],
    folder: Path,
) -> None:
    """Write the files of each split.

    Args:
        format: bioscan1m or bioscan5m.
        package: name of the package.
        sizes: see `release_columns`.
        records: the partitioned records (Parquet).
        boxes: the boxes of all images (Parquet, detect's BOXES_SCHEMA).
        index: the package's index.parquet, which lies beside its packs.
        indices: index.parquet of all released packages.
        folder: to write to.
    """

    def named() -> Iterator[pl.DataFrame]:
        for batch in read_batches(format, records, boxes, indices, sizes, index):
            yield batch.with_columns(member_name(format, package).alias("member"))

    write_dataset(named(), PackReader(packs_beside(index)), fields(format), folder)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export_parquet(
            format=snakemake.params.format,
            package=snakemake.wildcards.package,
            sizes=snakemake.params.sizes,
            records=Path(snakemake.input.records),
            boxes=Path(snakemake.input.boxes),
            index=Path(snakemake.input.index),
            indices=[Path(path) for path in snakemake.input.indices],
            folder=Path(snakemake.output[0]),
        )
