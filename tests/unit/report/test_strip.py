"""A strip of images."""

import numpy as np
import polars as pl

from bioscan.core.images import encode
from bioscan.report.strip import CROPS, GAP, SIDE, draw_strip, take_evenly


def test_images_are_taken_evenly_from_first_to_last():
    index = pl.DataFrame({"shard": [0] * 50 + [1] * 50, "row": [*range(50)] * 2})
    chosen = take_evenly(index)
    assert chosen.height == CROPS
    assert chosen.row(0) == (0, 0) and chosen.row(-1) == (1, 49)
    assert take_evenly(index.head(3)).rows() == index.head(3).rows()
    assert take_evenly(index.clear()).height == 0


def test_the_middles_of_images_stand_side_by_side():
    dark = np.zeros((SIDE, 3 * SIDE, 3), np.uint8)
    dark[:, SIDE : 2 * SIDE] = 200
    index = pl.DataFrame({"shard": [0, 0], "row": [0, 1]})
    strip = draw_strip(index, lambda shard, row: encode(dark, 95))
    assert strip.shape == (SIDE, 2 * SIDE + GAP, 3)
    assert abs(int(strip[:, SIDE // 2].mean()) - 200) < 5
    assert strip[:, SIDE : SIDE + GAP].min() == 255


def test_a_package_without_images_has_an_empty_strip():
    index = pl.DataFrame(schema={"shard": pl.Int64, "row": pl.Int64})
    assert draw_strip(index, lambda shard, row: b"").shape == (1, 1, 3)
