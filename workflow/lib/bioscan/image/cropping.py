"""Cropping and resizing as the papers describe it (1M §4.2, 5M §A4.1)."""

import cv2
import numpy as np

Box = tuple[int, int, int, int]


def extend_box(box: Box, ratio: float) -> Box:
    """Extend a box (x0, y0, x1, y1) by (ratio − 1)·max(w, h), half of it on each side.

    The result may reach beyond the photograph. Halves are truncated to whole pixels, as released.
    """
    x0, y0, x1, y1 = box
    # Rounded first: 1.4 - 1 is a little less than 0.4, and 19.999999999999996 means 20.
    margin = int(round((ratio - 1) * max(x1 - x0, y1 - y0) / 2, 6))
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin


def crop(pixels: np.ndarray, box: Box, fill: int) -> np.ndarray:
    """Cut a box out of a photograph (height, width, 3); what lies outside the frame is `fill`.

    The papers pad with maximum intensity (255, 5M §A4.1); the released packages used other
    colours.
    """
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
        value=(fill, fill, fill),
    )
