"""Writing and reading packs, for tests."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import h5py

from bioscan.core.pack import open_pack


def write_pack(
    path: Path,
    package: str,
    images: Iterable[tuple[str, bytes]],
    parameters: Mapping[str, str | int | float | tuple[int, ...]],
) -> None:
    """Write (processid, JPEG) pairs as one pack, as `open_pack` does."""
    with open_pack(path, package, parameters) as append:
        for processid, jpeg in images:
            append(processid, jpeg)


def read_processids(path: Path) -> list[str]:
    """The processids of a pack, in row order."""
    with h5py.File(path) as file:
        return [name.decode() for name in file["processid"][:]]
