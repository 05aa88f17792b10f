"""The image packages of a shard: each image is decoded once, and encoded once per package."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bioscan.core.images import (
    CHROMA_SUBSAMPLING,
    CODECS,
    INTERPOLATION,
    MAX_ASPECT,
    BrokenImage,
    decode,
    encode,
    resize_shorter_side,
)
from bioscan.image.cropping import Cropping, crop

#: Shorter side of the small packages, pixels (1M §4.2, 5M §A4.1).
SHORTER_SIDE = 256


@dataclass(frozen=True)
class ImageSettings:
    """The config's `image`.

    Attributes:
        packages: packages to make, of original_256, cropped and cropped_256 (5M Table A2).
        cropping: how crops are cut.
        quality: JPEG quality of crops and resized images, 1 to 100.
    """

    packages: tuple[str, ...]
    cropping: Cropping
    quality: int

    @classmethod
    def from_config(cls, settings: Mapping[str, Any]) -> "ImageSettings":
        """From the keys of the config's `image`."""
        return cls(tuple(settings["packages"]), Cropping.from_config(settings), settings["quality"])


def describe_package(package: str, settings: ImageSettings) -> dict[str, Any]:
    """The attributes of a package's packs: how its images were made."""
    attributes: dict[str, Any] = {
        "quality": settings.quality,
        "chroma_subsampling": CHROMA_SUBSAMPLING,
        "codecs": CODECS,
    }
    if package != "original_256":
        how = settings.cropping
        attributes |= {
            "convention": how.convention,
            "ratio": how.ratio,
            "fill": how.fill,
            "aspect": "that of the box" if how.aspect is None else "{}:{}".format(*how.aspect),
            "rotate": how.rotate,
        }
    if package != "cropped":
        attributes |= {"shorter_side": SHORTER_SIDE, "interpolation": INTERPOLATION}
    return attributes


def make_packages(
    boxes: pl.DataFrame,
    images: Iterable[tuple[str, bytes | BrokenImage]],
    settings: ImageSettings,
) -> Iterator[tuple[str, dict[str, bytes], str | None]]:
    """Crop and resize the images of a shard, one after another.

    Args:
        boxes: rows of detect's BOXES_SCHEMA.
        images: (processid, bytes) in the same order.
        settings: which packages to make, and how.

    Yields:
        processid, package → JPEG, and the reason why the image is missing from a package, or None:
        without an insect it is in no cropped package, unreadable it is in none.
    """
    rows = boxes.select("processid", "status", "reason", "x0", "y0", "x1", "y1").iter_rows()
    for (processid, data), (expected, status, reason, *corners) in zip(images, rows, strict=True):
        assert processid == expected, "boxes and images are of different shards"
        fault = None if status == "ok" else f"{status}: {reason}"
        if status == "unreadable":
            yield processid, {}, fault
            continue
        try:
            if isinstance(data, BrokenImage):
                raise data
            # At quality 75 this moves the result by 52 dB (PSNR), the encoding itself by 42 to 44.
            pixels = decode(data, repeat_chroma=True)
        except BrokenImage as error:  # The archive has changed since the boxes were predicted.
            yield processid, {}, f"unreadable: {error}"
            continue
        made = {}
        if "original_256" in settings.packages:
            made["original_256"] = resize_shorter_side(pixels, SHORTER_SIDE)
        if status == "ok":
            cropped = crop(pixels, tuple(corners), settings.cropping)
            height, width = cropped.shape[:2]
            if max(height, width) > MAX_ASPECT * min(height, width):
                fault = f"no crop: {width}×{height} pixels are too narrow"
            else:
                if "cropped" in settings.packages:
                    made["cropped"] = cropped
                if "cropped_256" in settings.packages:
                    made["cropped_256"] = resize_shorter_side(cropped, SHORTER_SIDE)
        jpegs = {package: encode(image, settings.quality) for package, image in made.items()}
        yield processid, jpegs, fault
