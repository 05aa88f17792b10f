"""Speed of reading images from a pack: as bytes, compared with the published HDF5 layout and loose
files; and as the squares that models are trained on, compared with bioscan-dataset on loose files.

One process and one thread, the ways in turns; times are of the processor, so that other load on
the machine counts less.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import bioscan_dataset
import h5py
import numpy as np
import polars as pl
import pytest
import torch
from torchvision.transforms import v2

from bioscan.core.images import encode
from bioscan.core.pack import PackReader
from bioscan.core.packed import PackedImages
from bioscan.core.published import bioscan5m_columns
from bioscan.core.records import RANKS
from bioscan.image.contents import Contents, build_index
from bioscan.release.archives import read_members, write_archive, write_bioscan5m_table
from bioscan.simulate.community import Community
from bioscan.simulate.phenotype import phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, photograph
from bioscan.simulate.records import simulate
from tests.unit.core.packs import write_pack

IMAGES, ROUNDS, READS = 2_000, 10, 300

#: Width and height of most images of original_256 (5M §A1.4).
SIZE = 341, 256


def _records_and_jpegs() -> tuple[pl.DataFrame, dict[str, bytes]]:
    """Records of 5M, and JPEGs as compressible as real ones by processid."""
    community = Community(specimens=IMAGES, seed=0)
    records = pl.concat(simulate(community, "bioscan5m"))
    rng = np.random.default_rng(0)
    wells = [
        encode(photograph(phenotype(lineage, 0), rng, SIZE, "whole").image, JPEG_QUALITY)
        for lineage in records.select(f"true_{rank}" for rank in RANKS).head(100).iter_rows()
    ]
    return records, {name: wells[n % 100] for n, name in enumerate(records["processid"])}


def _rates(ways: Mapping[str, Callable[[int], object]], rows: int) -> dict[str, float]:
    """Reads per second of processor time, the median of the rounds."""
    rng = np.random.default_rng(1)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        order = rng.integers(rows, size=READS).tolist()
        for name, read in ways.items():
            start = time.process_time()
            for row in order:
                read(row)
            rates[name].append(READS / (time.process_time() - start))
    return {name: float(np.median(found)) for name, found in rates.items()}


def _show(title: str, rates: dict[str, float]) -> None:
    print(f"\n{title}")
    first = next(iter(rates.values()))
    for name, rate in rates.items():
        print(
            f"  {name:34} {rate:9,.0f} per second; the pack's are {first / rate:.2f} times as many"
        )


def bench_bytes(tmp_path: Path) -> None:
    jpegs = list(_records_and_jpegs()[1].values())
    write_pack(tmp_path / "pack.h5", "cropped_256", ((str(n), j) for n, j in enumerate(jpegs)), {})
    reader = PackReader([tmp_path / "pack.h5"])
    with h5py.File(tmp_path / "single.h5", "w") as file:
        for n, jpeg in enumerate(jpegs):
            file[f"{n}.jpg"] = np.frombuffer(jpeg, np.uint8)
            (tmp_path / f"{n}.jpg").write_bytes(jpeg)
    with h5py.File(tmp_path / "single.h5") as single:
        ways = {
            "pack": lambda row: reader.read(0, row),
            "HDF5, one dataset per image (1M)": lambda row: single[f"{row}.jpg"][:],
            "loose files": lambda row: (tmp_path / f"{row}.jpg").read_bytes(),
        }
        rates = _rates(ways, IMAGES)
    _show(f"JPEGs of {np.mean([len(j) for j in jpegs]):,.0f} bytes at random", rates)


def bench_squares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random reads of images as uint8 tensors of 224 × 224 pixels, randomly mirrored."""
    torch.set_num_threads(1)
    records, jpegs = _records_and_jpegs()
    packs = [tmp_path / "0000.h5"]
    write_pack(packs[0], "cropped_256", jpegs.items(), {})
    contents = Contents(["cropped_256"])
    for processid, jpeg in jpegs.items():
        contents.add("cropped_256", processid, jpeg)
    contents.table().write_parquet(tmp_path / "contents.parquet")
    index = build_index([tmp_path / "contents.parquet"], "cropped_256")
    ours = PackedImages(packs, index, image_size=256, crop_size=224)

    members = read_members(records.join(index, on="processid"), packs, "bioscan5m", "cropped_256")
    write_archive(members, tmp_path / "images.zip")
    write_bioscan5m_table(records.lazy().select(bioscan5m_columns()), tmp_path / "metadata.zip")
    for name in ("images.zip", "metadata.zip"):
        shutil.unpack_archive(tmp_path / name, tmp_path)
    # bioscan-dataset accepts only the checksums of the published files.
    monkeypatch.setattr(bioscan_dataset.BIOSCAN5M, "_check_integrity", lambda self: True)
    theirs = bioscan_dataset.BIOSCAN5M(
        tmp_path,
        split="all",
        modality="image",
        target_type=[],
        transform=v2.Compose([v2.RandomCrop(224), v2.RandomHorizontalFlip(), v2.PILToTensor()]),
    )
    assert theirs[0][0].shape == ours[0].shape == (3, 224, 224)
    assert theirs[0][0].dtype == ours[0].dtype == torch.uint8
    ways = {
        "pack": lambda row: ours[row, row],
        "bioscan-dataset, loose files": lambda row: theirs[row],
    }
    rates = _rates(ways, IMAGES)
    _show(f"Squares of 224 pixels out of {SIZE[0]} × {SIZE[1]} at random", rates)
