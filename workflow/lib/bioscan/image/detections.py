"""Examples of boxes that fit annotated ones badly (1M Figure A10)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from bioscan.core.figures import BOXES
from bioscan.core.sheets import Example
from bioscan.image.cropping import Cropping, cut, extended_box

#: Boxes of a lower intersection over union are imperfect (1M Figure A10).
IMPERFECT = 0.85

WHITE = (255, 255, 255)


def choose_imperfect(evaluated: pl.DataFrame, most: int = 12) -> tuple[pl.DataFrame, str]:
    """Annotated images whose best box is imperfect, and a title that says of how many.

    They are taken at even distances among all such images, sorted by their intersection over union,
    the lowest first.

    Args:
        evaluated: images, file_name, annotated, box, score, iou, as detect writes them; an image of
            several groups of sets counts once.
    """
    insects = evaluated.filter(pl.col("iou").is_not_null()).unique(
        ["images", "file_name"], keep="first", maintain_order=True
    )
    imperfect = insects.filter(pl.col("iou") < IMPERFECT).sort("iou", "images", "file_name")
    shown = min(most, imperfect.height)
    title = (
        f"{shown} of {imperfect.height:,} boxes with an IoU below {IMPERFECT}, "
        f"in {insects.height:,} annotated images that show an insect"
    )
    return imperfect[[imperfect.height * place // shown for place in range(shown)]], title


def show_detection(pixels: np.ndarray, row: Mapping[str, Any], how: Cropping) -> Example:
    """An image with its annotated, detected and extended boxes.

    Where the extended box reaches beyond the image, this is widened by white to hold it.

    Args:
        pixels: (height, width, 3).
        row: of `choose_imperfect`.
        how: the way in which crops are cut.
    """
    height, width = pixels.shape[:2]
    tight = tuple(round(corner) for corner in row["box"])
    extended, _ = extended_box(tight, how)
    x0, y0 = min(0, extended[0]), min(0, extended[1])
    whole = cut(pixels, (x0, y0, max(width, extended[2]), max(height, extended[3])), WHITE)
    drawn = [
        (extended, "extended"),
        (tight, "detected"),
        *((b, "annotated") for b in row["annotated"]),
    ]
    frames = tuple(
        ((box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0), *BOXES[name][1:])
        for box, name in drawn
    )
    lines = row["file_name"], f"IoU {row['iou']:.2f}, score {row['score']:.2f}"
    return Example(whole, lines, frames)
