"""Boxes extended and photographs cropped, by hand-worked cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.image.cropping import Box, crop, extend_box


@pytest.mark.parametrize(
    ("box", "extended"),
    [
        # 0.4 · max(100, 60) = 40: 20 on each side.
        ((200, 300, 300, 360), (180, 280, 320, 380)),
        # The longer side decides, whichever it is.
        ((200, 300, 260, 400), (180, 280, 280, 420)),
        # At the edge it reaches beyond the photograph.
        ((0, 0, 100, 60), (-20, -20, 120, 80)),
        # 0.4 · 13 / 2 = 2.6, truncated.
        ((10, 10, 23, 20), (8, 8, 25, 22)),
        # One pixel wide: 0.4 · 50 / 2 = 10. One pixel in all: 0.2, truncated.
        ((30, 10, 31, 60), (20, 0, 41, 70)),
        ((30, 10, 31, 11), (30, 10, 31, 11)),
    ],
)
def test_a_box_is_extended_by_two_fifths_of_its_longer_side(box: Box, extended: Box):
    assert extend_box(box, 1.4) == extended


def test_the_ratio_1_changes_nothing():
    assert extend_box((3, 4, 50, 60), 1.0) == (3, 4, 50, 60)


@given(
    corner=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
    size=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    ratio=st.floats(1, 3),
)
def test_the_centre_stays_and_all_sides_move_alike(
    corner: tuple[int, int], size: tuple[int, int], ratio: float
):
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    x0, y0, x1, y1 = extend_box(box, ratio)
    margins = {box[0] - x0, box[1] - y0, x1 - box[2], y1 - box[3]}
    assert len(margins) == 1
    exact = (ratio - 1) * max(size) / 2
    assert exact - 1 < margins.pop() <= exact + 1e-6


def numbered(width: int, height: int) -> np.ndarray:
    """A photograph whose every pixel is another."""
    count = np.arange(width * height).reshape(height, width)
    return np.stack([count % 251, count // 251, count % 7], axis=2).astype(np.uint8)


def test_inside_the_frame_a_crop_is_a_slice():
    pixels = numbered(40, 30)
    assert np.array_equal(crop(pixels, (5, 10, 25, 22), 255), pixels[10:22, 5:25])


@pytest.mark.parametrize("fill", [255, 240])
def test_beyond_the_frame_a_crop_is_filled(fill: int):
    pixels = numbered(4, 3)
    cut = crop(pixels, (-2, -1, 6, 5), fill)
    assert cut.shape == (6, 8, 3)
    assert np.array_equal(cut[1:4, 2:6], pixels)
    outside = np.ones((6, 8), bool)
    outside[1:4, 2:6] = False
    assert np.all(cut[outside] == fill)


def test_a_box_at_the_corner_is_filled_on_two_sides():
    pixels = numbered(40, 30)
    cut = crop(pixels, extend_box((30, 20, 40, 30), 1.4), 255)  # 28, 18 to 42, 32
    assert cut.shape == (14, 14, 3)
    assert np.array_equal(cut[:12, :12], pixels[18:, 28:])
    assert np.all(cut[12:] == 255)
    assert np.all(cut[:, 12:] == 255)


@settings(deadline=None)
@given(
    x0=st.integers(-50, 39), y0=st.integers(-50, 29),
    x1=st.integers(1, 90), y1=st.integers(1, 90),
)  # fmt: skip
def test_a_crop_is_that_part_of_a_filled_plane(x0: int, y0: int, x1: int, y1: int):
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    plane = np.full((30 + 200, 40 + 200, 3), 255, np.uint8)
    plane[100:130, 100:140] = numbered(40, 30)
    expected = plane[100 + y0 : 100 + y1, 100 + x0 : 100 + x1]
    assert np.array_equal(crop(numbered(40, 30), (x0, y0, x1, y1), 255), expected)
