"""The image packages of a shard: each image decoded once, encoded once a package."""

from collections.abc import Iterable, Iterator, Sequence
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


def describe_package(package: str, how: Cropping, quality: int) -> dict[str, Any]:
    """How the images of a package were made, as the attributes of its packs."""
    attributes: dict[str, Any] = {
        "quality": quality,
        "chroma_subsampling": CHROMA_SUBSAMPLING,
        "codecs": CODECS,
    }
    if package != "original_256":
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
    packages: Sequence[str],
    how: Cropping,
    quality: int,
) -> Iterator[tuple[str, dict[str, bytes], str | None]]:
    """Crop and resize the images of a shard, one after another.

    Args:
        boxes: rows of detect's BOXES_SCHEMA.
        images: (processid, bytes) in the same order.
        packages: which of original_256, cropped, cropped_256 to make (5M Table A2).
        how: how crops are cut.
        quality: JPEG quality of what is written.

    Yields:
        processid, package → JPEG, and why the image is missing from one of them: without an
        insect it is in no cropped package, unreadable it is in none.
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
        except BrokenImage as error:  # The archive has changed since the boxes were found.
            yield processid, {}, f"unreadable: {error}"
            continue
        made = {}
        if "original_256" in packages:
            made["original_256"] = resize_shorter_side(pixels, SHORTER_SIDE)
        if status == "ok":
            cropped = crop(pixels, tuple(corners), how)
            height, width = cropped.shape[:2]
            if max(height, width) > MAX_ASPECT * min(height, width):
                fault = f"no crop: {width}×{height} pixels are too narrow"
            else:
                if "cropped" in packages:
                    made["cropped"] = cropped
                if "cropped_256" in packages:
                    made["cropped_256"] = resize_shorter_side(cropped, SHORTER_SIDE)
        yield processid, {name: encode(image, quality) for name, image in made.items()}, fault
