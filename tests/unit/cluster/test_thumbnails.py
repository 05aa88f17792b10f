"""Crops for pages."""

import logging
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.cluster.thumbnails import choose_evenly, fit, having_images, read_thumbnails, tile
from bioscan.core.images import decode, encode
from tests.unit.core.packs import write_pack

RED = np.full((40, 80, 3), (200, 0, 0), dtype=np.uint8)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A package of a red image, and of one that is broken."""
    images = [("A", encode(RED, 90)), ("B", b"no JPEG")]
    write_pack(tmp_path / "0000.h5", "cropped_256", images, {})
    path = tmp_path / "index.parquet"
    pl.DataFrame({"processid": ["A", "B"], "shard": [0, 0], "row": [0, 1]}).write_parquet(path)
    return path


def test_an_image_is_fitted_into_a_white_square():
    square = fit(RED, 16)
    assert square.shape == (16, 16, 3)
    assert (square[:4] == 255).all()
    assert (square[-4:] == 255).all()
    assert (square[4:12] == (200, 0, 0)).all()


def test_a_line_of_pixels_keeps_one():
    assert (fit(RED[:1], 16) == 255).all(axis=2).sum() == 15 * 16


def test_specimens_without_an_image_are_left_out_and_broken_ones_counted(index, caplog):
    with caplog.at_level(logging.WARNING, "bioscan"):
        found = read_thumbnails(index, ["A", "B", "C"], 16)
    assert list(found) == ["A"]
    assert found["A"].shape == (16, 16, 3)
    assert "1 crops cannot be read, the first 'B'" in caplog.text


def test_a_dataset_of_barcodes_has_no_thumbnails():
    assert read_thumbnails(None, ["A"], 16) == {}


def test_squares_are_tiled_row_by_row():
    squares = [np.full((16, 16, 3), grey, dtype=np.uint8) for grey in (0, 100, 200)]
    sheet = decode(tile(squares, 2))
    assert sheet.shape == (32, 32, 3)
    centres = sheet[[8, 8, 24, 24], [8, 24, 8, 24], 0]
    assert np.abs(centres.astype(int) - [0, 100, 200, 255]).max() < 4


def test_each_group_has_a_crop_before_any_has_two():
    specimens = pl.DataFrame({"processid": list("abcdef"), "cluster": [1, 1, 1, 2, 2, 3]})
    assert choose_evenly(specimens, "cluster", 4) == ["a", "d", "f", "b"]
    assert choose_evenly(specimens, "cluster", 9) == ["a", "d", "f", "b", "e", "c"]


def test_only_packed_specimens_have_an_image(index):
    specimens = pl.DataFrame({"processid": ["C", "B", "A"]})
    assert having_images(specimens, index)["processid"].to_list() == ["B", "A"]
    assert having_images(specimens, None).is_empty()
