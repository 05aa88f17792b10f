"""Boxes extended and images cropped, by hand-worked cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bioscan.image.cropping import (
    CONVENTIONS,
    Box,
    Cropping,
    crop,
    cut,
    extend_box,
    extended_box,
    fit_aspect,
)

WHITE = (255, 255, 255)
RELEASED = CONVENTIONS["bioscan5m_released"]


@pytest.mark.parametrize(
    ("box", "extended"),
    [
        # 0.4 · max(100, 60) = 40: 20 on each side.
        ((200, 300, 300, 360), (180, 280, 320, 380)),
        # The longer side decides, whichever it is.
        ((200, 300, 260, 400), (180, 280, 280, 420)),
        # At the edge it reaches beyond the image.
        ((0, 0, 100, 60), (-20, -20, 120, 80)),
        # 0.4 · 13 / 2 = 2.6: 7.4, 7.4, 25.6, 22.6 without their fractions; -0.6 becomes 0.
        ((10, 10, 23, 20), (7, 7, 25, 22)),
        ((2, 10, 15, 20), (0, 7, 17, 22)),
        # One pixel wide: 0.4 · 50 / 2 = 10. One pixel in all: 29.8, 9.8, 31.2, 11.2.
        ((30, 10, 31, 60), (20, 0, 41, 70)),
        ((30, 10, 31, 11), (29, 9, 31, 11)),
        ((0, 0, 1, 1), (0, 0, 1, 1)),
    ],
)
def test_a_box_is_extended_by_two_fifths_of_its_longer_side(box: Box, extended: Box):
    assert extend_box(box, 1.4) == extended


def test_a_ratio_of_1_changes_nothing():
    assert extend_box((3, 4, 50, 60), 1.0) == (3, 4, 50, 60)


boxes = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h),
    st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 3000), st.integers(1, 3000),
)  # fmt: skip


@given(box=boxes, ratio=st.floats(1, 3))
def test_every_corner_moves_outwards_by_half_the_extension(box: Box, ratio: float):
    half = (ratio - 1) * max(box[2] - box[0], box[3] - box[1]) / 2
    x0, y0, x1, y1 = extend_box(box, ratio)
    for moved in (box[0] - x0, box[1] - y0, x1 - box[2], y1 - box[3]):
        assert moved == pytest.approx(half, abs=1)
    # Fractions are cut off, so that the extension is nowhere larger than its whole pixels.
    assert x1 <= box[2] + half + 1e-6 and y1 <= box[3] + half + 1e-6


@pytest.mark.parametrize(
    ("box", "aspect", "fitted"),
    [
        # A square of 90 becomes 120 wide: 15 more on each side.
        ((100, 100, 190, 190), (4, 3), (85, 100, 205, 190)),
        # 160 × 60 becomes 120 high: 30 more above and below.
        ((0, 100, 160, 160), (4, 3), (0, 70, 160, 190)),
        # Its aspect is already 4 to 3.
        ((5, 5, 45, 35), (4, 3), (5, 5, 45, 35)),
        # 100 × 100 should be 133.33 wide: 16.67 on each side, to the nearest pixel.
        ((50, 0, 150, 100), (4, 3), (33, 0, 167, 100)),
        # One pixel becomes 1.33: nothing to the nearest pixel.
        ((7, 7, 8, 8), (4, 3), (7, 7, 8, 8)),
        ((10, 10, 40, 50), (1, 1), (5, 10, 45, 50)),
    ],
)
def test_the_shorter_side_grows_until_the_aspect_is_met(
    box: Box, aspect: tuple[int, int], fitted: Box
):
    assert fit_aspect(box, *aspect) == fitted


@given(box=boxes)
def test_fitting_an_aspect_never_shrinks_a_box(box: Box):
    x0, y0, x1, y1 = fit_aspect(box, 4, 3)
    assert x0 <= box[0] and y0 <= box[1] and x1 >= box[2] and y1 >= box[3]
    assert (x0, x1) == (box[0], box[2]) or (y0, y1) == (box[1], box[3])
    assert x1 - x0 == pytest.approx((y1 - y0) * 4 / 3, abs=2)


@pytest.mark.parametrize(
    ("how", "extended", "turned"),
    [
        # 50 × 100 is extended by 20 on each side, to 90 × 140.
        (Cropping(), (80, 80, 170, 220), False),
        (Cropping(rotate=True), (80, 80, 170, 220), True),
        # 140 high is 186.67 wide: 48.33 more on each side.
        (Cropping(aspect=(4, 3)), (32, 80, 218, 220), False),
        # Turned first, 140 wide is 105 high: 7.5 more on each side, and a half goes to the even.
        (Cropping(aspect=(4, 3), rotate=True), (72, 80, 178, 220), True),
    ],
)
def test_a_tall_box_is_turned_before_its_aspect_is_met(how: Cropping, extended: Box, turned: bool):
    assert extended_box((100, 100, 150, 200), how) == (extended, turned)


@pytest.mark.parametrize("box", [(100, 100, 200, 150), (100, 100, 200, 200)])
def test_a_box_that_is_not_taller_than_wide_is_not_turned(box: Box):
    assert not extended_box(box, RELEASED)[1]


def test_conventions_are_recognised_by_their_settings():
    assert Cropping().convention == "papers"
    assert RELEASED.convention == "bioscan5m_released"
    assert Cropping(ratio=1.5).convention == "own"
    assert Cropping(fill=(240, 240, 240)).convention == "own"


def test_the_config_takes_a_colour_or_a_grey_level():
    given = {"ratio": 1.4, "fill": 240, "aspect": None, "rotate": False, "quality": 75}
    assert Cropping.from_config(given) == Cropping(fill=(240, 240, 240))
    given |= {"fill": [204, 218, 243], "aspect": [4, 3], "rotate": True}
    assert Cropping.from_config(given) == RELEASED


def numbered(width: int, height: int) -> np.ndarray:
    """An image with different pixels everywhere."""
    count = np.arange(width * height).reshape(height, width)
    return np.stack([count % 251, count // 251, count % 7], axis=2).astype(np.uint8)


def test_inside_the_frame_a_crop_is_a_slice():
    pixels = numbered(40, 30)
    assert np.array_equal(cut(pixels, (5, 10, 25, 22), WHITE), pixels[10:22, 5:25])


@pytest.mark.parametrize("fill", [WHITE, (204, 218, 243)])
def test_beyond_the_frame_a_crop_is_filled(fill: tuple[int, int, int]):
    pixels = numbered(4, 3)
    cropped = cut(pixels, (-2, -1, 6, 5), fill)
    assert cropped.shape == (6, 8, 3)
    assert np.array_equal(cropped[1:4, 2:6], pixels)
    outside = np.ones((6, 8), bool)
    outside[1:4, 2:6] = False
    assert np.all(cropped[outside] == fill)


def test_a_box_at_the_corner_is_filled_on_two_sides():
    pixels = numbered(40, 30)
    cropped = crop(pixels, (30, 20, 40, 30), Cropping())  # 28, 18 to 42, 32
    assert cropped.shape == (14, 14, 3)
    assert np.array_equal(cropped[:12, :12], pixels[18:, 28:])
    assert np.all(cropped[12:] == 255)
    assert np.all(cropped[:, 12:] == 255)


def test_a_turned_crop_is_as_pillow_turns_it():
    pixels = numbered(40, 60)
    # 10 × 20 is extended by 4 on each side, to 18 × 28, which turned is 28 × 21: 1.5 more.
    upright = pixels[16:44, 10:32]
    assert extended_box((16, 20, 26, 40), RELEASED) == ((10, 16, 32, 44), True)
    expected = np.asarray(Image.fromarray(upright).rotate(90, expand=True))
    assert np.array_equal(crop(pixels, (16, 20, 26, 40), RELEASED), expected)


def test_a_turned_crop_beyond_the_frame_is_filled_there():
    pixels = numbered(40, 60)
    cropped = crop(pixels, (0, 20, 10, 40), Cropping(fill=(1, 2, 3), rotate=True))  # -4, 16 to 14
    assert cropped.shape == (18, 28, 3)
    # Left becomes below.
    assert np.all(cropped[-4:] == (1, 2, 3))
    assert np.array_equal(cropped[13], pixels[16:44, 0])


def released(box: Box, width: int) -> Box:
    """The steps of the released script, which turns the image and not the crop.

    Its binary rounding errors, which move some corners by a pixel, are left out.
    """
    left, top, right, bottom = box
    half = round(0.4 * max(right - left, bottom - top) / 2, 6)
    left, top, right, bottom = (
        int(round(corner, 6)) for corner in (left - half, top - half, right + half, bottom + half)
    )
    turned = bottom - top > right - left
    if turned:
        left, top, right, bottom = top, width - right, bottom, width - left
    if right - left < (bottom - top) / 3 * 4:
        more = (bottom - top) / 3 * 4 - (right - left)
        left, right = left - more / 2, right + more / 2
    else:
        more = (right - left) / 4 * 3 - (bottom - top)
        top, bottom = top - more / 2, bottom + more / 2
    left, top, right, bottom = (round(corner, 6) for corner in (left, top, right, bottom))
    left, top, right, bottom = round(left), round(top), round(right), round(bottom)
    return (width - bottom, left, width - top, right) if turned else (left, top, right, bottom)


@given(box=boxes)
def test_the_box_equals_that_of_the_released_script(box: Box):
    assert extended_box(box, RELEASED)[0] == released(box, 1024)


@given(
    x0=st.integers(-50, 39), y0=st.integers(-50, 29),
    x1=st.integers(1, 90), y1=st.integers(1, 90),
)  # fmt: skip
def test_a_crop_equals_that_part_of_a_filled_plane(x0: int, y0: int, x1: int, y1: int):
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    plane = np.full((30 + 200, 40 + 200, 3), 255, np.uint8)
    plane[100:130, 100:140] = numbered(40, 30)
    expected = plane[100 + y0 : 100 + y1, 100 + x0 : 100 + x1]
    assert np.array_equal(cut(numbered(40, 30), (x0, y0, x1, y1), WHITE), expected)
