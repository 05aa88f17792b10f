"""Crop, resize and pack the images of a shard."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.image_index import read_images, read_shard
from bioscan.core.logs import job_log
from bioscan.core.pack import open_pack
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.image.cropping import Cropping
from bioscan.image.packages import describe_package, make_packages


def pack_images(
    index: Path,
    boxes: Path,
    shards: int,
    shard: int,
    settings: Mapping[str, Any],
    packs: Sequence[Path],
    quarantine: Path,
) -> None:
    """Write one pack a package, in the order of `settings["packages"]`."""
    how, quality = Cropping.of(settings), settings["quality"]
    quarantined: list[tuple[str, str]] = []
    with ExitStack() as open_packs:
        append = {
            package: open_packs.enter_context(
                open_pack(path, package, describe_package(package, how, quality))
            )
            for package, path in zip(settings["packages"], packs, strict=True)
        }
        for processid, jpegs, fault in make_packages(
            pl.read_parquet(boxes),
            read_images(read_shard(index, shards, shard)),
            settings["packages"],
            how,
            quality,
        ):
            for package, jpeg in jpegs.items():
                append[package](processid, jpeg)
            if fault is not None:
                quarantined.append((processid, fault))
    write_parquet(pl.DataFrame(quarantined, QUARANTINE_SCHEMA, orient="row"), quarantine)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        pack_images(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            shards=snakemake.params.shards,
            shard=int(snakemake.wildcards.shard),
            settings=snakemake.params.settings,
            packs=[Path(path) for path in snakemake.output.packs],
            quarantine=Path(snakemake.output.quarantine),
        )
