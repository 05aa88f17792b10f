"""Reading photographs where they lie: inside their zips, which are never unpacked.

The image index (`records/images.parquet`) says where each one is. A photograph that lies loose in
a folder is indexed as an archive of one, so that every reader works on it too.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bioscan.core.images import BrokenImage

#: Columns of the image index. `offset` and `size` are those of the stored bytes, which are the
#: JPEG itself (`compression` 0) or its raw deflate stream (8, the zip standard's number).
IMAGE_INDEX_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "archive": pl.String(),
    "member": pl.String(),
    "offset": pl.UInt64(),
    "size": pl.UInt64(),
    "compression": pl.UInt8(),
    "width": pl.UInt32(),
    "height": pl.UInt32(),
}

STORED, DEFLATED = 0, 8

#: Most bytes that one photograph may inflate to: a deflate bomb is cut off here.
MAX_BYTES = 200_000_000


def shard_bounds(rows: int, shards: int, shard: int) -> tuple[int, int]:
    """The half-open range of index rows that make up one shard.

    Shards are contiguous, so each reads its archive from front to back, and differ in size by at
    most one row.
    """
    return rows * shard // shards, rows * (shard + 1) // shards


def read_shard(index: Path, shards: int, shard: int) -> pl.DataFrame:
    """The rows of one shard of the image index."""
    rows = pl.scan_parquet(index).select(pl.len()).collect().item()
    start, stop = shard_bounds(rows, shards, shard)
    return pl.scan_parquet(index).slice(start, stop - start).collect()


def read_photographs(index: pl.DataFrame) -> Iterator[tuple[str, bytes | BrokenImage]]:
    """Yield (processid, JPEG bytes) for each row of an image index, in its order.

    A member that cannot be read yields the reason in place of its bytes: one broken photograph
    must not cost a shard.
    """
    name, file = None, None
    try:
        for row in index.select(
            "processid", "archive", "offset", "size", "compression"
        ).iter_rows():
            processid, archive, offset, size, compression = row
            if archive != name:
                if file is not None:
                    os.close(file)
                file = os.open(archive, os.O_RDONLY)
                name = archive
            try:
                yield processid, inflate(os.pread(file, size, offset), size, compression)
            except BrokenImage as reason:
                yield processid, reason
    finally:
        if file is not None:
            os.close(file)


def inflate(stored: bytes, size: int, compression: int) -> bytes:
    """The photograph behind its stored bytes.

    Raises:
        BrokenImage: the archive ends early, or its deflate stream is damaged or a bomb.
    """
    if len(stored) < size:
        raise BrokenImage(f"archive ends after {len(stored)} of {size} bytes")
    if compression == STORED:
        return stored
    try:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        data = inflater.decompress(stored, MAX_BYTES)
    except zlib.error as error:
        raise BrokenImage(f"damaged archive member: {error}") from error
    if not inflater.eof:
        raise BrokenImage("damaged archive member: it does not end, or is too large")
    return data
