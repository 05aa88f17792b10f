"""Write one zip of released images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.formats import Format
from bioscan.core.image_index import shard_bounds
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.release.archives import read_members, write_archive
from bioscan.release.records import read_released, require_parts


def export_package(
    format: Format,
    package: str,
    where: Mapping[str, Sequence[str | int]],
    part: tuple[int, int],
    parts: int,
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
        part: number of this archive, from 1, and of all archives that share these records.
        parts: of the images of 1M, in folders of that number (`image_part`).
        records: the partitioned records (Parquet).
        index: the package's index.parquet, which lies beside its packs.
        indices: index.parquet of all released packages.
        archive: the zip.

    Raises:
        InputError: see `require_names` and `require_parts`.
    """
    released = read_released(format, records, None, indices, index=index)
    columns = ["processid", "split", "chunk", "image_file", "image_part", "shard", "row"]
    if "image_part" in where:
        require_parts(released, parts, records)
    chosen = [pl.col(name).is_in(values) for name, values in where.items()]
    rows = released.filter(*chosen).select(columns).collect().sort("shard", "row")
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
            parts=snakemake.params.parts,
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            indices=[Path(path) for path in snakemake.input.indices],
            archive=Path(snakemake.output[0]),
        )
