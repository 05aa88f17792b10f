"""Crop, resize and pack the photographs of a shard."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.pack import write_pack
from bioscan.core.photographs import read_photographs, read_shard
from bioscan.image.packages import make_packages


def pack_photographs(
    index: Path,
    boxes: Path,
    shards: int,
    shard: int,
    settings: Mapping[str, Any],
    packs: Sequence[Path],
    quarantine: Path,
) -> None:
    """Write one pack a package, in the order of `settings["packages"]`."""
    packed, quarantined = make_packages(
        pl.read_parquet(boxes),
        read_photographs(read_shard(index, shards, shard)),
        settings["packages"],
        ratio=settings["ratio"],
        fill=settings["fill"],
        quality=settings["quality"],
    )
    parameters = {key: settings[key] for key in ("ratio", "fill", "quality")}
    for package, path in zip(settings["packages"], packs, strict=True):
        write_pack(path, package, packed[package], parameters)
    write_parquet(quarantined, quarantine)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        pack_photographs(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            shards=snakemake.params.shards,
            shard=int(snakemake.wildcards.shard),
            settings=snakemake.params.settings,
            packs=[Path(path) for path in snakemake.output.packs],
            quarantine=Path(snakemake.output.quarantine),
        )
