"""Speed of packing cropped_256, compared with a straightforward implementation in Pillow."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import polars as pl
from PIL import Image, ImageOps

from bioscan.core.images import encode
from bioscan.core.pack import open_pack
from bioscan.image.cropping import Box, Cropping, extended_box
from bioscan.image.packages import ImageSettings, describe_package, make_packages
from bioscan.simulate.phenotype import phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, photograph

#: Real cropped_256 JPEGs are of quality 75 (bioscan-croptool: Pillow's default).
IMAGES, REPEATS, ROUNDS, QUALITY = 60, 5, 8, 75

Well = tuple[str, bytes, Box]


def _wells() -> list[Well]:
    """Images of 1024×768, about 40 kB like real ones, and the true box of each insect."""
    rng = np.random.default_rng(0)
    wells = []
    for n in range(IMAGES):
        kind = phenotype(("Arthropoda", "Insecta", "Diptera", f"Family{n}", None, None, None), 7)
        well = photograph(kind, rng, (1024, 768))
        assert well.box is not None
        wells.append((f"W{n:03}", encode(well.image, JPEG_QUALITY), well.box))
    return wells


def _pack(wells: list[Well], folder: Path) -> None:
    """This workflow: one decoding, one encoding, one file."""
    boxes = pl.DataFrame(
        [(name, "ok", None, *box) for name, _, box in wells],
        schema=["processid", "status", "reason", "x0", "y0", "x1", "y1"],
        orient="row",
    )
    settings = ImageSettings(("cropped_256",), Cropping(), QUALITY)
    attributes = describe_package("cropped_256", settings)
    images = ((name, data) for name, data, _ in wells)
    with open_pack(folder / "0000.h5", "cropped_256", attributes) as append:
        for name, jpegs, _ in make_packages(boxes, images, settings):
            append(name, jpegs["cropped_256"])


def _save(wells: list[Well], folder: Path) -> None:
    """The existing tools: Pillow, the whole image padded, bicubic, loose files."""
    for name, data, box in wells:
        image = Image.open(io.BytesIO(data))
        (x0, y0, x1, y1), _ = extended_box(box, Cropping())
        width, height = image.size
        beyond = (max(-x0, 0), max(-y0, 0), max(x1 - width, 0), max(y1 - height, 0))
        if any(beyond):
            image = ImageOps.expand(image, beyond, (255, 255, 255))
        left, top = max(x0, 0), max(y0, 0)
        cropped = image.crop((left, top, left + x1 - x0, top + y1 - y0))
        scale = 256 / min(cropped.size)
        size = (round(cropped.width * scale), round(cropped.height * scale))
        small = cropped.resize(size, Image.Resampling.BICUBIC)
        small.save(folder / f"{name}.jpg", quality=QUALITY)


def bench_cropped_256(tmp_path: Path) -> None:
    cv2.setNumThreads(1)
    wells = _wells() * REPEATS
    ways: dict[str, Callable[[list[Well], Path], None]] = {"pack": _pack, "Pillow": _save}
    # In turns, so that other load on the machine affects both; seconds of processor time.
    seconds = {name: [] for name in ways}
    for way in ways.values():
        way(wells, tmp_path)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.process_time()
            way(wells, tmp_path)
            seconds[name].append(time.process_time() - start)
    rates = {name: len(wells) / np.median(spent) for name, spent in seconds.items()}
    mean = np.mean([len(data) for _, data, _ in wells])
    print(f"\ncropped_256 of {IMAGES} images of 1024×768, mean {mean:,.0f} bytes")
    for name, rate in rates.items():
        print(f"  {name:8} {rate:5.0f} per second of one core, {rate / rates['Pillow']:.2f}×")
