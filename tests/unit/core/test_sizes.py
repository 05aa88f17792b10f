"""Sizes in millimetres."""

import polars as pl
import pytest

from bioscan.core.sizes import SIZES_MM, box_length, sizes_mm


def test_the_length_is_the_longer_side_of_the_box():
    boxes = pl.DataFrame({"x0": [0, 10], "y0": [0, 10], "x1": [40, 20], "y1": [30, 90]})
    assert boxes.select(box_length()).to_series().to_list() == [40, 80]


def test_an_area_grows_with_the_square_of_the_pixel():
    sizes = pl.DataFrame({"box_length": [40, None], "image_measurement_value": [1000.0, None]})
    found = sizes.select(sizes_mm(0.01))
    assert tuple(found.columns) == SIZES_MM
    assert found.row(0) == pytest.approx((0.4, 0.1))
    assert found.row(1) == (None, None)
