"""Images in HDF5 files are read in each of the published layouts."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from bioscan.core.hdf5 import read_hdf5
from bioscan.core.images import BrokenImage, decode, encode

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
#: Zero bytes at the end, which a string type would lose.
JPEG = encode(PIXELS, 90) + b"\x00\x00"


@pytest.fixture
def file(tmp_path: Path):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["numbers.jpg"] = np.frombuffer(JPEG, np.uint8)
        file["string.jpg"] = np.asarray(JPEG)
        file["pixels.jpg"] = PIXELS
        rows = np.zeros((3, len(JPEG) + 100), np.uint8)
        rows[1, : len(JPEG)] = np.frombuffer(JPEG, np.uint8)
        file["val/image"] = rows
        yield file


@pytest.mark.parametrize("member", ["numbers.jpg", "string.jpg"])
def test_a_dataset_of_one_jpeg_is_read(file: h5py.File, member: str):
    assert read_hdf5(file, member, 0, len(JPEG)) == JPEG
    assert read_hdf5(file, member, 0, 100) == JPEG[:100]


def test_a_padded_row_is_read(file: h5py.File):
    assert read_hdf5(file, "val/image", 1, len(JPEG)) == JPEG


def test_pixels_are_read_as_a_png(file: h5py.File):
    assert np.array_equal(decode(read_hdf5(file, "pixels.jpg", 0, 10)), PIXELS)


def test_a_missing_dataset_is_an_error(file: h5py.File):
    with pytest.raises(BrokenImage, match="damaged HDF5"):
        read_hdf5(file, "none.jpg", 0, 10)
