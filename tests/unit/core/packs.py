"""Reading packs, for tests."""

from pathlib import Path

import h5py


def read_processids(path: Path) -> list[str]:
    """The processids of a pack, in row order."""
    with h5py.File(path) as file:
        return [name.decode() for name in file["processid"][:]]
