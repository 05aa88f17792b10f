"""Write one zip of released images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.formats import Format
from bioscan.core.image_index import shard_bounds
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.release.archives import read_members, write_archive
from bioscan.release.records import is_released


def export_package(
    format: Format,
    package: str,
    where: Mapping[str, Sequence[str | int]],
    part: tuple[int, int],
    records: Path,
    index: Path,
    indices: Sequence[Path],
    archive: Path,
) -> None:
    """Write the images of a package, in the order in which they are packed.

    Args:
        format: bioscan1m or bioscan5m.
        package: name of the package.
        where: column → values of the records in this archive; empty for all records.
        records: the partitioned records (Parquet).
        part: number of this archive, from 1, and of all archives that share these records.
        index: the package's index.parquet, which lies beside its packs.
        indices: index.parquet of all released packages.
        archive: the zip.
    """
    columns = ["processid", "split", "image_file", "image_part"]
    rows = pl.read_parquet(records, columns=columns)
    packages = [pl.read_parquet(path)["processid"] for path in indices]
    rows = rows.filter(is_released(rows["processid"], packages))
    for name, values in where.items():
        rows = rows.filter(pl.col(name).is_in(values))
    rows = rows.join(pl.read_parquet(index), on="processid").sort("shard", "row")
    number, count = part
    start, stop = shard_bounds(rows.height, count, number - 1)
    images = read_members(rows[start:stop], packs_beside(index), format, package)
    write_archive(images, archive)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export_package(
            format=snakemake.params.format,
            package=snakemake.params.archive["package"],
            where=snakemake.params.archive["where"],
            part=snakemake.params.archive["part"],
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            indices=[Path(path) for path in snakemake.input.indices],
            archive=Path(snakemake.output[0]),
        )
