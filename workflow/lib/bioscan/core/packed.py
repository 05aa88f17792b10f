"""The images of a package as tensors, for training and inference."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch.utils.data import Dataset

from bioscan.core.errors import InputError
from bioscan.core.images import BrokenImage, decode, resize_shorter_side
from bioscan.core.pack import PackReader


class PackedImages(Dataset):
    """Square crops of packed images, uint8 (3, crop_size, crop_size), in the order RGB.

    Indexed by (index, augmentation seed) pairs, as `core.training.batches.SeededBatches` yields
    them, it gives a random crop, mirrored every other time; by an integer, the centre crop
    (1M §4.3, Table 4).

    Any number of workers may hold a copy: each opens the packs when it first needs them. An image
    takes 8 bytes of memory here, and is decoded at as few pixels as the crop needs.
    """

    def __init__(
        self, packs: Sequence[Path], index: pl.DataFrame, image_size: int, crop_size: int
    ) -> None:
        """
        Args:
            packs: the shards of a package, in order.
            index: `shard` and `row` of the images: a package's index.parquet, or some of its rows.
            image_size: shorter side that images are resized to, pixels.
            crop_size: side of the square cut out of that, pixels.
        """
        self.reader = PackReader(packs)
        self.shard, self.row = (index[name].to_numpy() for name in ("shard", "row"))
        self.image_size, self.crop_size = image_size, crop_size

    def __len__(self) -> int:
        return self.row.size

    def processid(self, index: int) -> str:
        """The processid of an image."""
        return self.reader.processid(int(self.shard[index]), int(self.row[index]))

    def __getitem__(self, key: int | tuple[int, int]) -> torch.Tensor:
        index, augmentation_seed = key if isinstance(key, tuple) else (key, None)
        pixels = self.decoded(index, min_size=(self.image_size, self.image_size))
        if min(pixels.shape[:2]) != self.image_size:
            pixels = resize_shorter_side(pixels, self.image_size)
        if augmentation_seed is None:
            return self.centre_crop(pixels)
        rng = np.random.default_rng(augmentation_seed)
        y, x = (rng.integers(side - self.crop_size + 1) for side in pixels.shape[:2])
        return self._crop(pixels, y, x, mirrored=rng.random() < 0.5)

    def decoded(self, index: int, min_size: tuple[int, int] | None = None) -> np.ndarray:
        """The pixels of an image, uint8 (height, width, 3).

        Args:
            min_size: sufficient (width, height), see `core.images.decode`.

        Raises:
            InputError: it is broken.
        """
        jpeg = self.reader.read(int(self.shard[index]), int(self.row[index]))
        try:
            return decode(jpeg, min_size)
        except BrokenImage as error:
            pack = self.reader.paths[int(self.shard[index])]
            raise InputError(
                f"{pack}: the packed image of {self.processid(index)}: {error}; remove this pack, "
                "and make it again: snakemake image"
            ) from error

    def centre_crop(self, pixels: np.ndarray) -> torch.Tensor:
        """The square in the middle of an image (height, width, 3)."""
        # Rounded as torchvision and timm do.
        y, x = (round((side - self.crop_size) / 2) for side in pixels.shape[:2])
        return self._crop(pixels, y, x)

    def _crop(self, pixels: np.ndarray, y: int, x: int, mirrored: bool = False) -> torch.Tensor:
        crop = pixels[y : y + self.crop_size, x : x + self.crop_size]
        if mirrored:
            crop = crop[:, ::-1]
        return torch.from_numpy(crop.transpose(2, 0, 1).copy())
