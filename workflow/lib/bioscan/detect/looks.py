"""Looking twice: a coarse look finds the insect, a closer one at its surroundings draws the box.

Most insects fill a tenth of a well's width. The second look sees one at up to `zoom` times the
resolution at which it would see the whole image, as far as the image has it.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate
from transformers import PreTrainedModel

from bioscan.detect.engine import Engine, build_engine
from bioscan.detect.segmentation import STRIDE, SegmentationDetector
from bioscan.detect.settings import DetectorSettings

#: Sides of the surroundings, relative to those of the box within them, as the second look sees
#: them. A detector is trained with ratios around this one (`views`).
MARGIN = 1.8

#: Sides of the first look, relative to those of the second. (On the real wells to choose on, boxes
#: were as good as with 1, and it takes half as long.)
FIRST = 2 / 3

#: A part that is the whole: x, y, width and height in fractions of an image.
WHOLE_IMAGE = np.array([0.0, 0.0, 1.0, 1.0])


def build_looks(
    detector: PreTrainedModel | SegmentationDetector, settings: DetectorSettings, threads: int
) -> Engine:
    """The fastest engine for a detector on this machine, which looks once or twice.

    Args:
        threads: of the CPU.
    """
    look = build_engine(detector, threads)
    return look_twice(look, settings.zoom) if settings.zoom > 1 else look


def look_twice(look: Engine, zoom: int) -> Engine:
    """An engine for images that are `zoom` times as large as its second look.

    All that is returned is of the second look. (On the real wells to choose on, its score alone
    told empty wells better than any mean with the first look's.)
    """

    def run(images: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        parts, closer = look_closer(look, images, zoom)
        boxes, scores, areas = look(closer)
        boxes = np.tile(parts[:, :2], 2) + boxes * np.tile(parts[:, 2:], 2)
        return boxes.astype(np.float32), scores, (areas * parts[:, 2:].prod(1)).astype(np.float32)

    return run


def look_closer(look: Engine, images: Tensor, zoom: int) -> tuple[np.ndarray, Tensor]:
    """What the second look is to see of images (n, 3, h, w), found by the first.

    Returns:
        The parts (n, 4) as x, y, width and height in fractions of the images, and their pixels
        (n, 3, h / zoom, w / zoom).
    """
    size = images.shape[2] // zoom, images.shape[3] // zoom
    first = [STRIDE * max(1, round(FIRST * edge / STRIDE)) for edge in size]
    boxes, *_ = look(interpolate(images, first, mode="area"))
    parts = np.stack([surroundings(box, zoom, MARGIN) for box in boxes])
    closer = [_closer(image, part, size) for image, part in zip(images, parts, strict=True)]
    return parts, torch.stack(closer)


def surroundings(box: np.ndarray, zoom: int, margin: float) -> np.ndarray:
    """A part of an image, of the image's own aspect, around a box.

    Args:
        box: x0, y0, x1, y1 in fractions of the image.
        zoom: the part has at least this share of the image's sides, 1 / zoom.
        margin: sides of the part, relative to those of the box, as far as the image reaches.

    Returns:
        x, y, width, height in fractions of the image; width and height are equal.
    """
    box = np.asarray(box, float)
    side = np.clip(margin * (box[2:] - box[:2]).max(), 1 / zoom, 1)
    corner = np.clip((box[:2] + box[2:] - side) / 2, 0, 1 - side)
    return np.array([*corner, side, side])


def cut(pixels: np.ndarray, part: np.ndarray) -> np.ndarray:
    """A part (x, y, width, height in fractions) of pixels (height, width, ...), a view of them."""
    x, y, w, h = np.round(part * (pixels.shape[1::-1] * 2)).astype(int)
    return pixels[y : y + h, x : x + w]


def _closer(image: Tensor, part: np.ndarray, size: tuple[int, int]) -> Tensor:
    """A part of an image (3, h, w), scaled to a size (height, width)."""
    pixels = torch.from_numpy(cut(image.permute(1, 2, 0).numpy(), part)).permute(2, 0, 1)
    return interpolate(pixels[None], size, mode="bilinear", antialias=True, align_corners=False)[0]
