"""Packs: thousands of JPEGs in one HDF5 file.

Layout: `jpeg` (uint8, 1-D, contiguous: the files one after another), `offsets` (uint64, N+1: file i
is `jpeg[offsets[i]:offsets[i+1]]`) and `processid` (bytes, N). Attributes: `package`, `version` and
the parameters that made the images. Random reads of flat bytes are 6 times faster than those of
variable-length rows, and flat bytes take no space beyond the JPEGs themselves.

No HDF5 file is locked: a pack is written under a name of its own and never again, and some file
systems have no locks (NFS without its lock daemon).
"""

import os
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import h5py
import numpy as np
import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import atomic

VERSION = 1

#: Bytes copied into a pack at a time.
BLOCK = 1 << 24


@contextmanager
def open_pack(
    path: Path, package: str, parameters: Mapping[str, str | int | float | tuple[int, ...]]
) -> Iterator[Callable[[str, bytes], None]]:
    """Write a pack image by image: yields a function that appends (processid, JPEG).

    The pack appears whole when the block ends, or not at all. Until then the JPEGs are in an
    unnamed file beside it, because HDF5 needs the length of a contiguous dataset in advance. Memory
    holds some bytes per row, and no images.

    Args:
        path: of the pack.
        package: its attribute `package`.
        parameters: its other attributes.
    """
    processids: list[bytes] = []
    offsets = array("Q", [0])
    with atomic(path) as partial, tempfile.TemporaryFile(dir=partial.parent) as jpegs:

        def append(processid: str, jpeg: bytes) -> None:
            jpegs.write(jpeg)
            processids.append(processid.encode())
            offsets.append(offsets[-1] + len(jpeg))

        yield append
        jpegs.seek(0)
        with h5py.File(partial, "w", locking=False) as file:
            dataset = file.create_dataset("jpeg", shape=(offsets[-1],), dtype=np.uint8)
            for start in range(0, offsets[-1], BLOCK):
                dataset[start : start + BLOCK] = np.frombuffer(jpegs.read(BLOCK), dtype=np.uint8)
            file.create_dataset("offsets", data=np.array(offsets, dtype=np.uint64))
            file.create_dataset("processid", data=np.array(processids, dtype="S"))
            file.attrs.update({"package": package, "version": VERSION, **parameters})


class PackReader:
    """Random access to the JPEGs of several packs.

    Each process opens the files on its first read, so a reader may be passed to the workers of a
    `DataLoader`. It holds one array of numbers per pack, and no object per row. Reads bypass HDF5
    and go straight to the bytes in the file, which takes a tenth of the time.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = [Path(path) for path in paths]
        self._open: dict[int, _Pack] = {}

    def __getstate__(self) -> dict:
        return {"paths": self.paths, "_open": {}}

    def read(self, shard: int, row: int) -> bytes:
        """The JPEG at `row` of pack number `shard`."""
        pack = self._opened(shard)
        _check_row(row, pack)
        start, stop = int(pack.offsets[row]), int(pack.offsets[row + 1])
        return os.pread(pack.file.fileno(), stop - start, pack.jpeg + start)

    def processid(self, shard: int, row: int) -> str:
        """The processid of the image at `row` of pack number `shard`."""
        pack = self._opened(shard)
        _check_row(row, pack)
        offset = pack.processid + row * pack.width
        return os.pread(pack.file.fileno(), pack.width, offset).rstrip(b"\0").decode()

    def longest(self, shard: int) -> int:
        """The bytes of the largest JPEG of pack number `shard`."""
        return int(np.diff(self._opened(shard).offsets).max(initial=0))

    def _opened(self, shard: int) -> "_Pack":
        if shard not in self._open:
            self._open[shard] = _open_pack(self.paths[shard])
        return self._open[shard]


def packs_beside(index: Path) -> list[Path]:
    """The packs of a package, in the order of `shard` in its index.parquet, which lies with them.

    The index follows from all packs, so a job that reads it needs no list of them.
    """
    last = pl.scan_parquet(index).select(pl.col("shard").max()).collect().item()
    shards = range(0 if last is None else last + 1)
    return [index.parent / f"{shard:04d}.h5" for shard in shards]


class _Pack(NamedTuple):
    """An open pack.

    Attributes:
        file: open for reading.
        offsets: (N+1,) as in the pack.
        jpeg: offset of the dataset in the file, bytes.
        processid: offset of the dataset in the file, bytes.
        width: bytes of each processid, padded with NUL.
    """

    file: BinaryIO
    offsets: np.ndarray
    jpeg: int
    processid: int
    width: int


def _check_row(row: int, pack: _Pack) -> None:
    if not 0 <= row < pack.offsets.size - 1:
        raise IndexError(f"row {row} of {pack.offsets.size - 1}")


def _open_pack(path: Path) -> _Pack:
    with _of_this_workflow(path), h5py.File(path, locking=False) as pack:
        jpeg, processid = (pack[name].id.get_offset() for name in ("jpeg", "processid"))
        offsets = pack["offsets"][:]
        if offsets[-1] and (jpeg is None or processid is None):
            raise KeyError("its bytes are not in one piece")
        # An empty dataset has no offset in the file.
        return _Pack(
            path.open("rb"), offsets, jpeg or 0, processid or 0, pack["processid"].dtype.itemsize
        )


@contextmanager
def _of_this_workflow(path: Path) -> Iterator[None]:
    """Turn the errors of h5py on a file that is not a pack into one that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: the index of its package names this pack, but it is gone; make it again: "
            "snakemake image"
        ) from error
    except (OSError, KeyError) as error:
        raise InputError(f"{path}: not a pack of this workflow ({error})") from error
