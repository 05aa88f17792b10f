"""Shapes are painted where they lie, in millimetres, and leave their outline in the cover."""

import numpy as np
import pytest

from bioscan.simulate.canvas import Canvas, Surface, area, curve, hsv, solid, stroke


@pytest.fixture
def canvas() -> Canvas:
    """A white rectangle of 10 × 5 mm at 10 px/mm, with its upper left corner at (2, 1) mm."""
    pixels = np.full((50, 100, 3), 255, np.uint8)
    return Canvas(pixels, 10.0, (2.0, 1.0), np.zeros((50, 100), np.uint8))


def bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_pixel_centres_are_whole_numbers(canvas: Canvas):
    corners = canvas.px(np.array([[2.05, 1.05], [3.0, 2.0]]))
    assert corners == pytest.approx(np.array([[0, 0], [9.5, 9.5]]))


def test_colours_are_rgb_and_clipped():
    assert hsv(0.0, 1.0, 1.0) == pytest.approx((255, 0, 0))
    assert hsv(1 / 3, 2.0, 0.5) == pytest.approx((0, 127.5, 0))
    assert hsv(1.25, 0.0, -1.0) == (0, 0, 0)


def test_an_area_covers_its_polygon(canvas: Canvas):
    square = np.array([[4.0, 2.0], [6.0, 2.0], [6.0, 4.0], [4.0, 4.0]])
    area(canvas, square, (200, 0, 0), 1.0)
    assert bounds(canvas.cover > 200) == pytest.approx((20, 10, 40, 30), abs=1)
    assert canvas.pixels[20, 30].tolist() == [200, 0, 0]
    assert (canvas.pixels[canvas.cover == 0] == 255).all()


def test_a_translucent_area_mixes_with_what_is_behind(canvas: Canvas):
    square = np.array([[4.0, 2.0], [6.0, 2.0], [6.0, 4.0], [4.0, 4.0]])
    area(canvas, square, (55, 55, 55), 0.5)
    assert canvas.pixels[20, 30].tolist() == pytest.approx([155] * 3, abs=1)


def test_thin_lines_are_fainter_than_thick_ones(canvas: Canvas):
    stroke(canvas, np.array([[3.0, 2.0], [11.0, 2.0]]), 0.02, (0, 0, 0))
    stroke(canvas, np.array([[3.0, 4.0], [11.0, 4.0]]), 0.3, (0, 0, 0))
    thin, thick = canvas.pixels[:20], canvas.pixels[20:]
    assert 150 < thin.min() < 255
    assert thick.min() == 0


@pytest.mark.parametrize("blur", [0.0, 0.2])
def test_shapes_outside_change_nothing(canvas: Canvas, blur: float):
    far = np.array([[40.0, 40.0], [42.0, 40.0], [42.0, 42.0]])
    before = canvas.pixels.copy()
    stroke(canvas, far, 0.5, (0, 0, 0), blur=blur)
    area(canvas, far, (0, 0, 0), 1.0, blur=blur)
    solid(canvas, far[0], 0.0, 1.0, 1.0, Surface((0, 0, 0)), np.random.default_rng(0))
    assert np.array_equal(canvas.pixels, before)
    assert not canvas.cover.any()


def test_a_solid_is_as_long_and_as_wide_as_asked(canvas: Canvas):
    centre = np.array([7.0, 3.5])
    solid(canvas, centre, 0.0, 4.0, 1.0, Surface((90, 60, 30)), np.random.default_rng(0))
    x0, y0, x1, y1 = bounds(canvas.cover > 127)
    assert (x1 - x0, y1 - y0) == pytest.approx((40, 10), abs=3)
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((50, 25), abs=2)


def test_a_canvas_without_a_cover_is_painted_too():
    canvas = Canvas(np.full((20, 20, 3), 255, np.uint8), 10.0)
    stroke(canvas, np.array([[0.0, 1.0], [2.0, 1.0]]), 0.4, (0, 0, 0))
    assert canvas.pixels.min() == 0


def test_a_curve_has_its_length_and_turn():
    points = curve(np.zeros(2), 0.0, 3.0, np.pi / 2, 200)
    steps = np.diff(points, axis=0)
    assert points.shape == (200, 2)
    assert np.hypot(*steps.T).sum() == pytest.approx(3.0)
    # A quarter circle of length 3 ends at its radius, 6 / pi, along both axes.
    assert points[-1] == pytest.approx([6 / np.pi] * 2, abs=0.02)
