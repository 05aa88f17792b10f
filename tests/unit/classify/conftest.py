"""Images that a small classifier can tell apart."""

import numpy as np
import polars as pl
import pytest

from bioscan.classify.samples import LabelledImages
from bioscan.core.images import encode
from tests.unit.core.packs import write_pack
from tests.unit.threads import one_thread  # noqa: F401 (a fixture)


@pytest.fixture(scope="session")
def images(tmp_path_factory) -> LabelledImages:
    """Eight images: dark ones are class 0, light ones class 1."""
    path = tmp_path_factory.mktemp("packs") / "0000.h5"
    shades = [20, 230] * 4
    jpegs = [encode(np.full((36, 40, 3), shade, dtype=np.uint8), 90) for shade in shades]
    write_pack(path, "cropped_256", zip("ABCDEFGH", jpegs, strict=True), {})
    rows = pl.DataFrame({"shard": [0] * 8, "row": range(8), "class": [0, 1] * 4})
    return LabelledImages([path], rows, image_size=36, crop_size=32)
