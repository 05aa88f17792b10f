"""Tables of contents of packs, and the index of a package made from them."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

#: Columns of the table of contents of a shard's packs: `row` is the position of the image in the
#: pack of its package, `crc` the CRC-32 of its JPEG.
CONTENTS_SCHEMA: dict[str, pl.DataType] = {
    "package": pl.String(),
    "processid": pl.String(),
    "row": pl.UInt32(),
    "crc": pl.UInt32(),
}


class Contents:
    """Collects the contents of a shard's packs while they are written, without the JPEGs."""

    def __init__(self, packages: Iterable[str]) -> None:
        self._rows: dict[str, list[tuple[str, int]]] = {package: [] for package in packages}

    def add(self, package: str, processid: str, jpeg: bytes) -> None:
        """Note the image that was appended to a pack."""
        self._rows[package].append((processid, zlib.crc32(jpeg)))

    def table(self) -> pl.DataFrame:
        """Rows of CONTENTS_SCHEMA: those of one package together, in the order of its pack."""
        return pl.DataFrame(
            [
                (package, processid, row, crc)
                for package, images in self._rows.items()
                for row, (processid, crc) in enumerate(images)
            ],
            schema=CONTENTS_SCHEMA,
            orient="row",
        )


def build_index(contents: Iterable[Path], package: str) -> pl.DataFrame:
    """The index of a package, from the tables of contents of all shards in order.

    Args:
        contents: Parquet files, CONTENTS_SCHEMA.
        package: the package to index.

    Returns:
        One row per image: processid, shard (the position of its table in `contents`), row, crc.
    """
    return pl.concat(
        pl.scan_parquet(path)
        .filter(pl.col("package") == package)
        .select("processid", pl.lit(shard, pl.UInt32).alias("shard"), "row", "crc")
        for shard, path in enumerate(contents)
    ).collect()
