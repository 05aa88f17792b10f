"""Pack the images of a published package as they are, for one shard."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.image_index import read_images, read_shard
from bioscan.core.logs import job_log
from bioscan.core.pack import open_pack
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.image.contents import Contents
from bioscan.image.copying import describe_copies, usable_images


def copy_package(
    index: Path,
    package: str,
    shards: int,
    shard: int,
    pack: Path,
    contents: Path,
    quarantine: Path,
) -> None:
    """Write the pack of a shard, its table of contents, and the quarantined images.

    Args:
        index: the index of the package's images (Parquet, IMAGE_INDEX_SCHEMA).
        package: its name.
        shards, shard: number of shards, and which one this is.
        pack: HDF5, see `core.pack`.
        contents: Parquet, one row per packed image (CONTENTS_SCHEMA).
        quarantine: Parquet, one row per image that cannot be used (QUARANTINE_SCHEMA).
    """
    rows = read_shard(index, shards, shard)
    packed = Contents([package])
    quarantined: list[tuple[str, str]] = []
    with open_pack(pack, package, describe_copies(rows)) as append:
        for processid, jpeg, fault in usable_images(read_images(rows)):
            if jpeg is None:
                quarantined.append((processid, fault))
            else:
                append(processid, jpeg)
                packed.add(package, processid, jpeg)
    write_parquet(packed.table(), contents)
    write_parquet(pl.DataFrame(quarantined, QUARANTINE_SCHEMA, orient="row"), quarantine)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        copy_package(
            index=Path(snakemake.input.index),
            package=snakemake.wildcards.package,
            shards=snakemake.params.shards,
            shard=int(snakemake.wildcards.shard),
            pack=Path(snakemake.output.pack),
            contents=Path(snakemake.output.contents),
            quarantine=Path(snakemake.output.quarantine),
        )
