"""List which pack and row holds each image of a package."""

from collections.abc import Sequence
from pathlib import Path

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.image.contents import build_index


def index_package(contents: Sequence[Path], package: str, index: Path) -> None:
    """Write the index of a package.

    Rules that read packs take the index as input in place of all packs, so it must change whenever
    the content of a pack does. Therefore it holds the checksum of every image.

    Args:
        contents: the tables of contents of all shards, in order (Parquet, CONTENTS_SCHEMA).
        package: the package to index.
        index: Parquet, one row per image: processid, shard (the pack's position), row (the image's
            position in the pack) and crc (CRC-32 of the JPEG).
    """
    write_parquet(build_index(contents, package), index)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        index_package(
            contents=[Path(path) for path in snakemake.input.contents],
            package=snakemake.wildcards.package,
            index=Path(snakemake.output[0]),
        )
