"""Write one zip of released images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.release.archives import read_members, write_archive
from bioscan.release.records import is_released


def export_package(
    format: str,
    package: str,
    where: Mapping[str, Sequence[str | int]],
    records: Path,
    index: Path,
    indices: Sequence[Path],
    packs: Sequence[Path],
    archive: Path,
) -> None:
    """Write the images of a package, in the order in which they are packed.

    Args:
        where: column → values of the records that belong into this archive; none for all.
        index: the package's.
        indices: those of all released packages.
    """
    columns = ["processid", "split", "image_file", "image_part"]
    rows = pl.read_parquet(records, columns=columns)
    packages = [pl.read_parquet(path)["processid"] for path in indices]
    rows = rows.filter(is_released(rows["processid"], packages))
    for name, values in where.items():
        rows = rows.filter(pl.col(name).is_in(values))
    rows = rows.join(pl.read_parquet(index), on="processid").sort("shard", "row")
    published = "bioscan1m" if format == "bioscan1m" else "bioscan5m"
    write_archive(read_members(rows, packs, published, package), archive)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export_package(
            format=snakemake.params.format,
            package=snakemake.params.archive["package"],
            where=snakemake.params.archive["where"],
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            indices=[Path(path) for path in snakemake.input.indices],
            packs=[Path(path) for path in snakemake.input.packs],
            archive=Path(snakemake.output[0]),
        )
