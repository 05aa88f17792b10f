"""Crop, resize and pack the images of a shard."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.image_index import read_images, read_shard
from bioscan.core.logs import job_log
from bioscan.core.pack import open_pack
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.image.contents import Contents
from bioscan.image.packages import ImageSettings, describe_package, make_packages


def pack_images(
    index: Path,
    boxes: Path,
    shards: int,
    shard: int,
    settings: ImageSettings,
    packs: Sequence[Path],
    contents: Path,
    quarantine: Path,
) -> None:
    """Write one pack per package, their table of contents, and the quarantined images.

    Args:
        index: the image index (Parquet, IMAGE_INDEX_SCHEMA).
        boxes: the boxes of this shard (Parquet, detect's BOXES_SCHEMA).
        shards, shard: number of shards, and which one this is.
        settings: which packages to make, and how.
        packs: HDF5, see `core.pack`, in the order of `settings.packages`.
        contents: Parquet, one row per packed image (CONTENTS_SCHEMA).
        quarantine: Parquet, one row per image missing from a package (QUARANTINE_SCHEMA).
    """
    packed = Contents(settings.packages)
    quarantined: list[tuple[str, str]] = []
    with ExitStack() as open_packs:
        append = {
            package: open_packs.enter_context(
                open_pack(path, package, describe_package(package, settings))
            )
            for package, path in zip(settings.packages, packs, strict=True)
        }
        for processid, jpegs, fault in make_packages(
            pl.read_parquet(boxes), read_images(read_shard(index, shards, shard)), settings
        ):
            for package, jpeg in jpegs.items():
                append[package](processid, jpeg)
                packed.add(package, processid, jpeg)
            if fault is not None:
                quarantined.append((processid, fault))
    write_parquet(packed.table(), contents)
    write_parquet(pl.DataFrame(quarantined, QUARANTINE_SCHEMA, orient="row"), quarantine)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        pack_images(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            shards=snakemake.params.shards,
            shard=int(snakemake.wildcards.shard),
            settings=ImageSettings.from_config(snakemake.params.settings),
            packs=[Path(path) for path in snakemake.output.packs],
            contents=Path(snakemake.output.contents),
            quarantine=Path(snakemake.output.quarantine),
        )
