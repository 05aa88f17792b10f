"""Examples of images with the pixels that the organism occupies (5M Figure A2)."""

import cv2
import numpy as np
import polars as pl
import torch

from bioscan.core.images import decode
from bioscan.detect.engine import in_torch
from bioscan.detect.looks import WHOLE_IMAGE, cut, look_closer
from bioscan.detect.model import Scaling, prepare
from bioscan.detect.segmentation import SegmentationDetector, mask_of


def choose_sizes(boxes: pl.DataFrame, records: pl.DataFrame, most: int = 5) -> pl.DataFrame:
    """Images from small to large organisms, at even distances among all of known size.

    Each is in the middle of an equal part of the images, sorted by size, so that neither end is an
    outlier.

    Args:
        boxes: rows of BOXES_SCHEMA.
        records: processid and image_measurement_value.

    Returns:
        processid, pixels (null if the detector draws no masks) and image_measurement_value (null if
        the source has none); the size is the former where there is one.
    """
    size = pl.coalesce("pixels", "image_measurement_value")
    measured = (
        boxes.filter(pl.col("status") == "ok")
        .join(records, on="processid", how="left")
        .filter(size > 0)
        .sort(size, "processid")
        .select("processid", "pixels", "image_measurement_value")
    )
    parts = min(most, measured.height)
    places = [measured.height * (2 * part + 1) // (2 * parts) for part in range(parts)]
    return measured[places]


@torch.inference_mode()
def draw_mask(
    detector: SegmentationDetector, data: bytes, scaling: Scaling, zoom: int
) -> np.ndarray:
    """The organism white on black, uint8 (height, width, 3), as large as the image.

    Args:
        detector: in eager torch, on the CPU.
        data: the image.
        scaling: the size at which the detector sees it.
        zoom: of its second look; 1 if there is none.
    """
    pixels = decode(data)
    height, width = pixels.shape[:2]
    images = prepare(pixels, scaling.size(width, height))[None]
    part = WHOLE_IMAGE
    if zoom > 1:
        (part,), images = look_closer(in_torch(detector, "cpu"), images, zoom)
    probabilities = detector.eval()(images).logits[0, 0].sigmoid().numpy()
    mask = np.zeros((height, width), np.uint8)
    place = cut(mask, part)
    place[:] = cv2.resize(255 * mask_of(probabilities).astype(np.uint8), place.shape[::-1])
    return cv2.cvtColor(mask, cv2.COLOR_GRAY2RGB)
