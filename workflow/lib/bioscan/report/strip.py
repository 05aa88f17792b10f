"""A strip of crops, for the head of the report."""

from collections.abc import Callable

import numpy as np
import polars as pl

from bioscan.core.images import decode, resize_shorter_side

#: Crops on a strip, the side of each and the gap between them (pixels).
CROPS, SIDE, GAP = 10, 160, 4


def take_evenly(index: pl.DataFrame, count: int = CROPS) -> pl.DataFrame:
    """Rows of a package's index, evenly over all, so that several shards are seen."""
    places = np.linspace(0, index.height - 1, min(count, index.height))
    return index[np.unique(places.round().astype(int))]


def draw_strip(index: pl.DataFrame, read: Callable[[int, int], bytes]) -> np.ndarray:
    """The crops side by side, uint8 (SIDE, width, 3); one white pixel where there are none.

    Args:
        index: shard and row of the images.
        read: the JPEG of a shard and row.
    """
    squares = []
    for shard, row in index.select("shard", "row").iter_rows():
        squares += [_square(decode(read(shard, row))), np.full((SIDE, GAP, 3), 255, np.uint8)]
    return np.hstack(squares[:-1]) if squares else np.full((1, 1, 3), 255, np.uint8)


def _square(pixels: np.ndarray) -> np.ndarray:
    """The middle of an image, (SIDE, SIDE, 3)."""
    pixels = resize_shorter_side(pixels, SIDE)
    y, x = ((side - SIDE) // 2 for side in pixels.shape[:2])
    return pixels[y : y + SIDE, x : x + SIDE]
