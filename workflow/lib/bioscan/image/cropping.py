"""Cropping as the papers describe it (1M §4.2, 5M §A4.1), and as the packages were released."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import trunc
from typing import Any

import cv2
import numpy as np

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Cropping:
    """How a crop is cut around the tight box.

    Attributes:
        ratio: the extension of the box, R in 5M §A4.1.
        fill: RGB colour of the padding beyond the image.
        aspect: ratio of width to height that the extended box is widened to; None keeps its own.
        rotate: whether a crop that is taller than wide is turned by 90° to the left.
    """

    ratio: float = 1.4
    fill: Colour = (255, 255, 255)
    aspect: tuple[int, int] | None = None
    rotate: bool = False

    @classmethod
    def from_config(cls, settings: Mapping[str, Any]) -> "Cropping":
        """From the keys of the config's `image`, where `fill` may be a grey level."""
        fill, aspect = settings["fill"], settings["aspect"]
        return cls(
            ratio=settings["ratio"],
            fill=(fill, fill, fill) if isinstance(fill, int) else tuple(fill),
            aspect=None if aspect is None else tuple(aspect),
            rotate=settings["rotate"],
        )

    @property
    def convention(self) -> str:
        """The name of the equal published convention, or `own`."""
        return next((name for name, how in CONVENTIONS.items() if how == self), "own")


#: Published conventions: that of both papers (maximum intensity beyond the frame), and that of the
#: script that made the crops of BIOSCAN-5M (bioscan-croptool,
#: scripts/copy_to_local_then_crop_images_6M.py).
CONVENTIONS = {
    "papers": Cropping(),
    "bioscan5m_released": Cropping(fill=(204, 218, 243), aspect=(4, 3), rotate=True),
}


def extend_box(box: Box, ratio: float) -> Box:
    """Extend a box (x0, y0, x1, y1) by (ratio − 1)·max(w, h), half of it on each side.

    The result may reach beyond the image. Its corners are truncated to whole pixels towards zero,
    as released.
    """
    x0, y0, x1, y1 = box
    half = (ratio - 1) * max(x1 - x0, y1 - y0) / 2
    # Rounded first, because 1.4 - 1 is slightly less than 0.4: 19.999999999999996 means 20.
    x0, y0, x1, y1 = (
        trunc(round(corner, 6)) for corner in (x0 - half, y0 - half, x1 + half, y1 + half)
    )
    return x0, y0, x1, y1


def fit_aspect(box: Box, width: int, height: int) -> Box:
    """Extend a box in one direction until its sides have the ratio `width` to `height`.

    Half is added on each side; corners are rounded to the nearest whole pixel, as released.
    """
    x0, y0, x1, y1 = box
    wider = max(0.0, (y1 - y0) * width / height - (x1 - x0)) / 2
    higher = max(0.0, (x1 - x0) * height / width - (y1 - y0)) / 2
    return round(x0 - wider), round(y0 - higher), round(x1 + wider), round(y1 + higher)


def extended_box(box: Box, how: Cropping) -> tuple[Box, bool]:
    """The box to cut out around a tight box, in pixels of the image, and whether it is turned.

    It is turned before its sides are fitted to the aspect, so a tall insect gains little margin.
    """
    extended = extend_box(box, how.ratio)
    x0, y0, x1, y1 = extended
    turned = how.rotate and y1 - y0 > x1 - x0
    if how.aspect is not None:
        width, height = reversed(how.aspect) if turned else how.aspect
        extended = fit_aspect(extended, width, height)
    return extended, turned


def crop(pixels: np.ndarray, box: Box, how: Cropping) -> np.ndarray:
    """Cut an insect out of an image (height, width, 3), given its tight box."""
    extended, turned = extended_box(box, how)
    cropped = cut(pixels, extended, how.fill)
    return cv2.rotate(cropped, cv2.ROTATE_90_COUNTERCLOCKWISE) if turned else cropped


def cut(pixels: np.ndarray, box: Box, fill: Colour) -> np.ndarray:
    """Cut a box out of an image (height, width, 3); pixels outside the frame are `fill`."""
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = box
    inside = pixels[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    if inside.shape[:2] == (y1 - y0, x1 - x0):
        return inside
    return cv2.copyMakeBorder(
        inside,
        max(-y0, 0),
        max(y1 - height, 0),
        max(-x0, 0),
        max(x1 - width, 0),
        cv2.BORDER_CONSTANT,
        value=fill,
    )
