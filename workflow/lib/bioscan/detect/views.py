"""What a detector that looks twice sees in training: whole images, and parts as its second look.

Half of the views are whole images, at the edges of the second look; the first one sees them at two
thirds of these, which is within the augmentation. The others are parts of them around the insect,
wider or narrower than the second look will see, and beside its middle, as the first look errs;
without an insect, parts around what stands out from the well.
"""

import cv2
import numpy as np

from bioscan.detect.looks import MARGIN, WHOLE_IMAGE, surroundings

#: Share of the views that are whole images.
WHOLE = 0.5

#: Range of the margins of parts around an insect, and of the sides of other parts, relative to the
#: smallest.
MARGINS = (0.7 * MARGIN, 1.6 * MARGIN)
SIDES = (1.0, 3.0)

#: Largest distance of an insect from the middle of its part, in sides of its box.
SHIFT = 0.25

#: Share of the images with an insect of which a part is seen that is chosen without regard to it.
ELSEWHERE = 0.15


def choose_part(
    pixels: np.ndarray, box: np.ndarray | None, zoom: int, rng: np.random.Generator
) -> np.ndarray:
    """A part of an image, or all of it, to train on.

    Args:
        pixels: the image, uint8 (height, width, 3).
        box: x0, y0, x1, y1 around its insects, in fractions of the image; None without one.
        zoom: of the detector.
        rng: source of random numbers.

    Returns:
        x, y, width, height in fractions of the image.
    """
    if rng.random() < WHOLE:
        return WHOLE_IMAGE
    if box is None or rng.random() < ELSEWHERE:
        half = rng.uniform(*SIDES) / zoom / 2
        point = _standing_out(pixels, rng)
        return surroundings(np.concatenate([point - half, point + half]), zoom, margin=1)
    shift = np.tile(rng.uniform(-SHIFT, SHIFT, 2) * (box[2:] - box[:2]), 2)
    return surroundings(box + shift, zoom, rng.uniform(*MARGINS))


def _standing_out(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A point (x, y) in fractions of an image, more probably where it differs from most of it."""
    small = cv2.resize(pixels, (64, 48), interpolation=cv2.INTER_AREA).astype(float)
    away = np.abs(small - np.median(small, (0, 1))).sum(2) ** 2 + 1
    place = rng.choice(away.size, p=away.ravel() / away.sum())
    y, x = divmod(int(place), 64)
    return np.array([(x + 0.5) / 64, (y + 0.5) / 48])
