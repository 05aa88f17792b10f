"""How fast photographs come out of a pack, beside the layouts of the published HDF5 and folders."""

import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from bioscan.core.images import encode
from bioscan.core.pack import PackReader, write_pack
from bioscan.simulate.photographs import JPEG_QUALITY, photograph

PHOTOGRAPHS, READS = 2_000, 10_000


def _jpegs() -> list[bytes]:
    """Wells of the size of cropped_256, as compressible as real ones."""
    rng = np.random.default_rng(0)
    wells = [photograph(None, rng, (341, 256), "empty").image for _ in range(50)]
    return [encode(wells[n % 50], JPEG_QUALITY) for n in range(PHOTOGRAPHS)]


def _rate(read: Callable[[int], bytes], order: np.ndarray) -> float:
    start = time.perf_counter()
    for row in order:
        read(int(row))
    return order.size / (time.perf_counter() - start)


def bench_random_reads(tmp_path: Path) -> None:
    jpegs = _jpegs()
    order = np.random.default_rng(1).integers(PHOTOGRAPHS, size=READS)
    write_pack(tmp_path / "pack.h5", "cropped_256", ((str(n), j) for n, j in enumerate(jpegs)), {})
    reader = PackReader([tmp_path / "pack.h5"])
    with h5py.File(tmp_path / "single.h5", "w") as file:
        for n, jpeg in enumerate(jpegs):
            file[f"{n}.jpg"] = np.frombuffer(jpeg, np.uint8)
    for n, jpeg in enumerate(jpegs):
        (tmp_path / f"{n}.jpg").write_bytes(jpeg)
    with h5py.File(tmp_path / "single.h5") as single:
        rates = {
            "pack": _rate(lambda row: reader.read(0, row), order),
            "HDF5, one dataset an image (1M)": _rate(lambda row: single[f"{row}.jpg"][:], order),
            "loose files": _rate(lambda row: (tmp_path / f"{row}.jpg").read_bytes(), order),
        }
    print(
        f"\nrandom reads of {PHOTOGRAPHS} JPEGs, mean {np.mean([len(j) for j in jpegs]):.0f} bytes"
    )
    for name, rate in rates.items():
        print(f"  {name:34} {rate:9,.0f} a second, {rate / rates['pack']:5.2f} of the pack's")
