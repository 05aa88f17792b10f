"""How fast batches come out of a pack for training, beside loose files and the published HDF5.

Batches of 32 squares of 224 × 224 pixels, uint8, cut at random out of cropped_256 and mirrored or
not, without a model: 1,200 images a second of one core are wanted. The other ways are those of
the code released with BIOSCAN-1M (bioscan_dataloader.py: Pillow and torchvision; the HDF5 is opened
for each image), made kinder: they give uint8 where it gives floats, and know the names in the
HDF5 where it lists them all for each image.

One process and one thread, the ways by turns; times are of the processor, so that what else the
machine does counts less.
"""

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import h5py
import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from bioscan.classify.samples import LabelledImages
from bioscan.core.images import encode
from bioscan.detect.annotations import read_coco
from bioscan.detect.evaluation import corners
from bioscan.image.cropping import CONVENTIONS
from bioscan.image.packages import ImageSettings, make_packages
from bioscan.simulate.phenotype import phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, photograph
from tests.unit.core.packs import write_pack

IMAGES, ROUNDS, BATCHES, BATCH_SIZE = 2_000, 7, 10, 32
IMAGE_SIZE, CROP_SIZE = 256, 224

#: Real images, not everywhere at hand.
WELLS = Path(__file__).parents[3] / "shared" / "real" / "wells"

#: An image of 1024×768 and the tight box of its insect.
Well = tuple[bytes, tuple[float, float, float, float]]


def _simulated() -> Iterator[Well]:
    rng = np.random.default_rng(0)
    for n in range(100):
        kind = phenotype(("Arthropoda", "Insecta", "Diptera", f"Family{n}", None, None, None), 7)
        well = photograph(kind, rng, (1024, 768), "whole")
        yield encode(well.image, JPEG_QUALITY), well.box


def _real() -> Iterator[Well]:
    for item in read_coco(WELLS / "instances.json"):
        if len(item.boxes):
            yield (WELLS / item.file_name).read_bytes(), corners(item.boxes[0])


def _cropped_256(wells: Iterator[Well]) -> list[bytes]:
    """JPEGs as they are in the released package: 341 × 256 pixels, quality 75."""
    images, boxes = zip(*wells, strict=True)
    table = pl.DataFrame(
        [(str(n), "ok", None, *map(int, box)) for n, box in enumerate(boxes)],
        schema=["processid", "status", "reason", "x0", "y0", "x1", "y1"],
        orient="row",
    )
    named = ((str(n), data) for n, data in enumerate(images))
    settings = ImageSettings(("cropped_256",), CONVENTIONS["bioscan5m_released"], quality=75)
    made = make_packages(table, named, settings)
    return [jpegs["cropped_256"] for _, jpegs, _ in made]


class Opened(Dataset):
    """Images and their classes by Pillow and torchvision."""

    def __init__(self, read: Callable[[int], bytes], label: np.ndarray) -> None:
        self.read, self.label = read, label
        self.transform = v2.Compose(
            [
                v2.Resize(IMAGE_SIZE),
                v2.RandomCrop(CROP_SIZE),
                v2.RandomHorizontalFlip(),
                v2.PILToTensor(),
            ]
        )

    def __getitem__(self, key: tuple[int, int]) -> tuple[torch.Tensor, int]:
        index, _ = key
        image = Image.open(io.BytesIO(self.read(index))).convert("RGB")
        return self.transform(image), int(self.label[index])


def _batches(rng: np.random.Generator) -> list[list[tuple[int, int]]]:
    """Pairs of (index, augmentation seed) as training has them."""
    indices, draws = (
        rng.integers(highest, size=(BATCHES, BATCH_SIZE)).tolist() for highest in (IMAGES, 2**63)
    )
    return [list(zip(*batch, strict=True)) for batch in zip(indices, draws, strict=True)]


@pytest.mark.parametrize(
    "wells",
    [
        _simulated,
        pytest.param(
            _real, marks=pytest.mark.skipif(not WELLS.is_dir(), reason="no real images here")
        ),
    ],
)
def bench_batches(tmp_path: Path, wells: Callable[[], Iterator[Well]]) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    different = _cropped_256(wells())
    jpegs = [different[n % len(different)] for n in range(IMAGES)]
    rows = pl.DataFrame({"shard": 0, "row": range(IMAGES), "class": range(IMAGES)})
    write_pack(tmp_path / "0.h5", "cropped_256", ((str(n), j) for n, j in enumerate(jpegs)), {})
    with h5py.File(tmp_path / "single.h5", "w") as file:
        for n, jpeg in enumerate(jpegs):
            file[f"{n}.jpg"] = np.frombuffer(jpeg, np.uint8)
            (tmp_path / f"{n}.jpg").write_bytes(jpeg)

    def read_single(index: int) -> bytes:
        with h5py.File(tmp_path / "single.h5") as file:
            return file[f"{index}.jpg"][:].tobytes()

    label = rows["class"].to_numpy()
    ways = {
        "pack": LabelledImages([tmp_path / "0.h5"], rows, IMAGE_SIZE, CROP_SIZE),
        "loose files, Pillow": Opened(lambda n: (tmp_path / f"{n}.jpg").read_bytes(), label),
        "HDF5 opened for each, Pillow": Opened(read_single, label),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    rng = np.random.default_rng(1)
    for _ in range(ROUNDS):
        batches = _batches(rng)
        for name, images in ways.items():
            start = time.process_time()
            for keys, (squares, classes) in zip(
                batches, DataLoader(images, batch_sampler=batches), strict=True
            ):
                assert squares.shape == (BATCH_SIZE, 3, CROP_SIZE, CROP_SIZE)
                assert squares.dtype == torch.uint8
                assert classes.tolist() == [index for index, _ in keys]
            seconds[name].append(time.process_time() - start)
    rates = {n: BATCHES * BATCH_SIZE / np.median(spent) for n, spent in seconds.items()}
    mean = np.mean([len(jpeg) for jpeg in different])
    print(f"\nBatches of {len(different)} {wells.__name__[1:]} cropped_256, mean {mean:,.0f} bytes")
    for name, rate in rates.items():
        print(
            f"  {name:30} {rate:5,.0f} images a second of one core; "
            f"the pack's are {rates['pack'] / rate:.2f} times as many"
        )
