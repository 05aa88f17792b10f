"""Reading images inside their zips, which are never unpacked.

The image index (`records/images.parquet`) locates each image. An image in a folder is indexed as
an archive of one, and an image in a published HDF5 file by its dataset and row, so that every
reader works on them too.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import h5py
import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.hdf5 import read_hdf5
from bioscan.core.images import BrokenImage

#: Columns of the image index. `offset` and `size` are those of the stored bytes, which are the
#: JPEG itself (`compression` 0) or its raw deflate stream (8, the zip standard's number). `crc` is
#: the CRC-32 of the JPEG in the zip; a file in a folder has none. In an HDF5 file (`compression`
#: 255) `member` is a dataset, `offset` the row in it, and `size` the number of bytes of the image.
IMAGE_INDEX_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "archive": pl.String(),
    "member": pl.String(),
    "offset": pl.UInt64(),
    "size": pl.UInt64(),
    "compression": pl.UInt8(),
    "crc": pl.UInt32(),
    "width": pl.UInt32(),
    "height": pl.UInt32(),
}

STORED, DEFLATED, HDF5 = 0, 8, 255

#: Most bytes of one image, stored or inflated; the limit stops a deflate bomb.
MAX_BYTES = 200_000_000


def shard_bounds(rows: int, shards: int, shard: int) -> tuple[int, int]:
    """The half-open range of the index rows of one shard.

    Shards are contiguous, so that each reads its archive from front to back, and their sizes differ
    by at most one row.

    Args:
        rows: number of rows of the index.
        shards: number of shards.
        shard: number of this one, from 0.
    """
    return rows * shard // shards, rows * (shard + 1) // shards


def read_shard(index: Path, shards: int, shard: int) -> pl.DataFrame:
    """The rows of one shard of the image index."""
    rows = pl.scan_parquet(index).select(pl.len()).collect().item()
    start, stop = shard_bounds(rows, shards, shard)
    return pl.scan_parquet(index).slice(start, stop - start).collect()


def read_images(index: pl.DataFrame) -> Iterator[tuple[str, bytes | BrokenImage]]:
    """Read the images of an image index, in its order.

    Yields:
        The processid and the bytes of the JPEG; in place of the bytes the error, if the member
        cannot be read, so that one broken image does not cost a shard.

    Raises:
        InputError: an archive cannot be opened, or the file of an image is gone.
    """
    columns = "archive", "processid", "member", "offset", "size", "compression", "crc"
    places = index.select(columns).iter_rows()
    for (archive, is_hdf5), rows in groupby(places, key=lambda row: (row[0], row[5] == HDF5)):
        with _open_hdf5(archive) if is_hdf5 else _open_archive(archive) as read:
            for _, processid, *place in rows:
                try:
                    yield processid, read(*place)
                except BrokenImage as reason:
                    yield processid, reason


#: A function from member, offset, size, compression and crc of an image to its bytes.
_Read = Callable[[str, int, int, int, int | None], bytes]


@contextmanager
def _open_archive(archive: str) -> Iterator[_Read]:
    try:
        file = _opened(archive, partial(Path(archive).open, "rb"))
    except InputError as error:
        yield partial(_refuse, error)
        return
    with file:
        yield lambda _, *place: read_member(file.fileno(), *place)


def _refuse(error: InputError, member: str, *_: object) -> bytes:
    """Set a loose file aside (its member has no name) that is there and cannot be opened."""
    if not member and not isinstance(error.__cause__, FileNotFoundError):
        raise BrokenImage(cannot_be_read(error.__cause__)) from error
    raise error


@contextmanager
def _open_hdf5(archive: str) -> Iterator[_Read]:
    with _opened(archive, lambda: h5py.File(archive, locking=False)) as file:
        yield lambda member, row, size, *_: read_hdf5(file, member, row, size)


def _opened(archive: str, open_it: Callable[[], Any]) -> Any:
    """An open archive. Rules take the index in place of archives, so Snakemake misses none."""
    try:
        return open_it()
    except OSError as error:
        raise InputError(
            f"{archive}: the image index names it, but it cannot be opened ({error}); put it back, "
            "or index the images again: --forcerun index_images"
        ) from error


def read_member(
    descriptor: int, offset: int, size: int, compression: int, crc: int | None
) -> bytes:
    """The bytes of an image in an archive.

    The checksum is worth its time, 16 µs where decoding takes 2 ms: of 300 JPEGs with one wrong
    bit, 220 decoded without an error.

    Args:
        descriptor: of the open archive.
        offset, size, compression, crc: columns of the image index.

    Raises:
        BrokenImage: the archive cannot be read there or ends early, or the member is damaged or too
            large.
    """
    if size > MAX_BYTES:
        raise BrokenImage(f"too large: {size} bytes, at most {MAX_BYTES}")
    try:
        stored = os.pread(descriptor, size, offset)
    except OSError as error:
        raise BrokenImage(cannot_be_read(error)) from error
    if len(stored) < size:
        raise BrokenImage(f"archive ends after {len(stored)} of {size} bytes")
    data = stored if compression == STORED else _inflate(stored)
    if crc is not None and zlib.crc32(data) != crc:
        raise BrokenImage("damaged archive member: its checksum differs")
    return data


def cannot_be_read(error: OSError) -> str:
    """The reason for setting aside an image whose file the system does not give."""
    return f"cannot be read ({error.strerror or error})"


def _inflate(stored: bytes) -> bytes:
    try:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        data = inflater.decompress(stored, MAX_BYTES)
    except zlib.error as error:
        raise BrokenImage(f"damaged archive member: {error}") from error
    if not inflater.eof:
        raise BrokenImage("damaged archive member: it does not end, or is too large")
    return data
