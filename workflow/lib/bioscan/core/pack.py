"""Packs: thousands of JPEGs in one HDF5 file.

Layout: `jpeg` (uint8, 1-D, contiguous: the files one after another), `offsets` (uint64, N+1: file i
is `jpeg[offsets[i]:offsets[i+1]]`) and `processid` (bytes, N). Attributes: `package`, `version` and
the parameters that made the photographs. Flat bytes are read at random 6 times faster than
variable-length rows, and cost nothing beside the JPEGs themselves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from bioscan.core.errors import InputError
from bioscan.core.files import atomic

VERSION = 1


def write_pack(
    path: Path,
    package: str,
    photographs: Iterable[tuple[str, bytes]],
    parameters: Mapping[str, str | int | float],
) -> int:
    """Write (processid, JPEG) pairs as one pack, whole or not at all; return how many."""
    processids: list[bytes] = []
    sizes: list[int] = []
    buffer = bytearray()
    for processid, jpeg in photographs:
        processids.append(processid.encode())
        sizes.append(len(jpeg))
        buffer += jpeg
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        file.create_dataset("jpeg", data=np.frombuffer(buffer, dtype=np.uint8))
        file.create_dataset("offsets", data=np.cumsum([0, *sizes], dtype=np.uint64))
        file.create_dataset("processid", data=np.array(processids, dtype="S"))
        file.attrs.update({"package": package, "version": VERSION, **parameters})
    return len(sizes)


class PackReader:
    """Random access to the JPEGs of several packs.

    Files are opened on the first read and once in each process, so a reader may be handed to the
    workers of a `DataLoader`. It holds one small array a pack, and nothing for each row.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = [Path(path) for path in paths]
        self._open: dict[int, tuple[h5py.Dataset, np.ndarray]] = {}

    def __getstate__(self) -> dict:
        return {"paths": self.paths, "_open": {}}

    def read(self, shard: int, row: int) -> bytes:
        """The JPEG at `row` of pack number `shard`."""
        if shard not in self._open:
            self._open[shard] = _open_pack(self.paths[shard])
        jpeg, offsets = self._open[shard]
        return jpeg[offsets[row] : offsets[row + 1]].tobytes()


def read_processids(path: Path) -> list[str]:
    """The processids of a pack, in row order."""
    with _of_this_workflow(path), h5py.File(path) as file:
        return [name.decode() for name in file["processid"][:]]


def _open_pack(path: Path) -> tuple[h5py.Dataset, np.ndarray]:
    with _of_this_workflow(path):
        file = h5py.File(path)
        return file["jpeg"], file["offsets"][:]


@contextmanager
def _of_this_workflow(path: Path) -> Iterator[None]:
    """Name the file in what h5py raises when it is no pack."""
    try:
        yield
    except (OSError, KeyError) as error:
        raise InputError(f"{path}: not a pack of this workflow ({error})") from error
