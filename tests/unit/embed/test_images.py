"""Images are prepared as timm and torchvision prepare them."""

import io

import numpy as np
import polars as pl
import pytest
import timm
import torch
from PIL import Image

from bioscan.core.errors import InputError
from bioscan.core.images import decode
from bioscan.core.pack import open_pack
from bioscan.embed.images import PreparedImages
from bioscan.encoders.image_encoder import Preprocessing

SIZES = [(70, 50), (50, 71), (40, 40), (33, 90), (200, 150)]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Images of several sizes in a pack, with a broken one at the end, and its index."""
    path = tmp_path_factory.mktemp("packs") / "0000.h5"
    rng = np.random.default_rng(0)
    with open_pack(path, "cropped_256", {}) as append:
        for number, (width, height) in enumerate(SIZES):
            file = io.BytesIO()
            pixels = rng.integers(0, 255, (height // 10 + 1, width // 10 + 1, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((width, height)).save(file, "JPEG", quality=95)
            append(f"A{number}", file.getvalue())
        append("broken", b"\xff\xd8 no image")
    rows = range(len(SIZES) + 1)
    return [path], pl.DataFrame({"shard": [0] * len(rows), "row": rows})


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("resize", "crop"), [(32, 32), (40, 32), (64, 48)])
def test_a_prepared_image_is_that_of_timm(packed, interpolation: str, resize: int, crop: int):
    preprocessing = Preprocessing(resize, crop, interpolation, (0.5,) * 3, (0.5,) * 3)
    images = PreparedImages(*packed, preprocessing)
    transform = timm.data.create_transform(
        input_size=(3, crop, crop),
        crop_pct=crop / resize - 1e-9,
        interpolation=interpolation,
        mean=(0.0,) * 3,
        std=(1.0,) * 3,
    )
    for number in range(len(SIZES)):
        pixels = decode(images.reader.read(0, number))
        expected = (transform(Image.fromarray(pixels)) * 255).round().to(torch.uint8)
        assert torch.equal(images[number], expected)


def test_a_broken_image_is_one_clear_line(packed):
    images = PreparedImages(*packed, Preprocessing(32, 32, "bilinear", (0.5,) * 3, (0.5,) * 3))
    with pytest.raises(InputError, match=r"the packed image of broken: .+; remove this pack"):
        images[len(SIZES)]
