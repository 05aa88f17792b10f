"""Images that a small classifier can tell apart."""

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.classify.samples import LabelledImages
from bioscan.core.images import encode
from bioscan.core.pack import write_pack


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """More only get in each other's way with networks as small as these."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def images(tmp_path_factory) -> LabelledImages:
    """Eight images: dark ones are class 0, light ones class 1."""
    path = tmp_path_factory.mktemp("packs") / "0000.h5"
    shades = [20, 230] * 4
    jpegs = [encode(np.full((36, 40, 3), shade, dtype=np.uint8), 90) for shade in shades]
    write_pack(path, "cropped_256", zip("ABCDEFGH", jpegs, strict=True), {})
    rows = pl.DataFrame({"shard": [0] * 8, "row": range(8), "class": [0, 1] * 4})
    return LabelledImages([path], rows, image_size=36, crop_size=32)
