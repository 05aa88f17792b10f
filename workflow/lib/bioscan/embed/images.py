"""Images as encoders take them, prepared as in the code that their weights come from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from PIL import Image

from bioscan.core.packed import PackedImages
from bioscan.encoders.image_encoder import Preprocessing

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class PreparedImages(PackedImages):
    """Centre crops of packed images, uint8 (3, crop, crop), RGB, scaled by Pillow.

    torchvision and timm scale this way, to the same pixels. Images that classifiers are trained on
    are decoded at fewer pixels and scaled otherwise, which is faster (`PackedImages`).
    """

    def __init__(
        self, packs: Sequence[Path], index: pl.DataFrame, preprocessing: Preprocessing
    ) -> None:
        """
        Args:
            packs: the shards of a package, in order.
            index: `shard` and `row` of the images.
        """
        super().__init__(packs, index, preprocessing.resize, preprocessing.crop)
        self.filter = FILTERS[preprocessing.interpolation]

    def __getitem__(self, index: int) -> torch.Tensor:
        pixels = scaled(self.decoded(index), self.image_size, self.filter)
        return self.centre_crop(pixels)


def scaled(pixels: np.ndarray, side: int, resample: Image.Resampling) -> np.ndarray:
    """Scale an image so that its shorter side is `side`, as torchvision's Resize does.

    Args:
        pixels: uint8 (height, width, 3).
        side: pixels.
    """
    height, width = pixels.shape[:2]
    short, long = sorted((height, width))
    if short == side:
        return pixels
    longer = int(side * long / short)
    size = (side, longer) if width < height else (longer, side)
    return np.asarray(Image.fromarray(pixels).resize(size, resample))
