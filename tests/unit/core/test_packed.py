"""Images of a package, as tensors."""

import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from torch.utils.data import DataLoader

from bioscan.core.errors import InputError
from bioscan.core.images import decode, encode
from bioscan.core.packed import PackedImages
from tests.unit.core.packs import write_pack

#: An image of 48 × 32 pixels whose red grows to the right and whose green grows downwards, by
#: 5 a pixel: a pixel's colour says where it lies.
IMAGE = np.zeros((32, 48, 3), dtype=np.uint8)
IMAGE[..., 0] = 5 * np.arange(48)
IMAGE[..., 1] = 5 * np.arange(32)[:, None]

INDEX = pl.DataFrame({"processid": ["B", "C-22", "A"], "shard": [0, 1, 0], "row": [1, 0, 0]})


@pytest.fixture
def packs(tmp_path: Path) -> list[Path]:
    large = np.kron(IMAGE, np.ones((2, 2, 1), dtype=np.uint8))
    images = {name: encode(image, 100) for name, image in (("A", IMAGE), ("B", large))}
    write_pack(tmp_path / "0000.h5", "cropped_256", images.items(), {})
    write_pack(tmp_path / "0001.h5", "cropped_256", [("C-22", encode(IMAGE, 100))], {})
    return [tmp_path / "0000.h5", tmp_path / "0001.h5"]


@pytest.fixture
def squares(packs: list[Path]) -> PackedImages:
    return PackedImages(packs, INDEX, image_size=32, crop_size=24)


def place(square: torch.Tensor) -> tuple[int, int, bool]:
    """Left and upper edge of a square in IMAGE, and whether it is mirrored."""
    red = square[0].float().mean(0)
    left, right = (int((red[[0, -1]] / 5).round()[n]) for n in (0, -1))
    top = int((square[1].float().mean(1)[0] / 5).round())
    return min(left, right), top, left > right


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_cannot_be_decoded_is_named(tmp_path: Path, workers: int):
    write_pack(tmp_path / "0000.h5", "cropped_256", [("A", b"no image")], {})
    index = pl.DataFrame({"processid": ["A"], "shard": [0], "row": [0]})
    squares = PackedImages([tmp_path / "0000.h5"], index, image_size=32, crop_size=24)
    with pytest.raises(InputError) as error:
        next(iter(DataLoader(squares, num_workers=workers)))
    assert str(error.value) == (
        f"{tmp_path}/0000.h5: the packed image of A: not a photograph; remove this pack, and make "
        "it again: snakemake image"
    )


def test_without_an_augmentation_seed_the_centre_is_cut_out(squares):
    square = squares[2]
    assert square.shape == (3, 24, 24)
    assert square.dtype == torch.uint8
    assert place(square) == (12, 4, False)


def test_the_centre_is_that_of_the_decoded_image(squares):
    pixels = decode(squares.reader.read(0, 0))
    assert np.array_equal(squares[2].numpy(), pixels[4:28, 12:36].transpose(2, 0, 1))


def test_larger_images_are_brought_to_the_same_size(squares):
    assert (squares[2].int() - squares[0].int()).abs().max() <= 6


def test_an_augmentation_seed_moves_and_mirrors_the_square(squares):
    places = {place(squares[2, seed]) for seed in range(400)}
    assert {left for left, _, _ in places} == set(range(25))
    assert {top for _, top, _ in places} == set(range(9))
    assert {mirrored for *_, mirrored in places} == {True, False}


def test_every_other_square_is_mirrored(squares):
    mirrored = [place(squares[2, seed])[2] for seed in range(400)]
    assert 160 < sum(mirrored) < 240  # four standard deviations around 200


def test_the_same_augmentation_seed_gives_the_same_square(squares):
    assert torch.equal(squares[2, 2**62], squares[2, 2**62])


def test_each_image_has_its_processid(squares):
    assert [squares.processid(n) for n in range(len(squares))] == INDEX["processid"].to_list()


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("opened", [False, True])
def test_workers_read_what_one_process_reads(packs, squares, start, opened):
    expected = torch.stack([squares[n] for n in range(3)])
    handed = squares if opened else PackedImages(packs, INDEX, image_size=32, crop_size=24)
    workers = DataLoader(handed, batch_size=1, num_workers=2, multiprocessing_context=start)
    assert torch.equal(torch.cat(list(workers)), expected)


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path):
    none = PackedImages([tmp_path / "none.h5"], INDEX, image_size=32, crop_size=24)
    assert len(none) == 3


def test_an_image_takes_eight_bytes():
    rows = 100_000
    index = pl.DataFrame(
        {"shard": np.zeros(rows, np.uint32), "row": np.arange(rows, dtype=np.uint32)}
    )
    sizes = [
        len(pickle.dumps(PackedImages([Path("0000.h5")], part, image_size=32, crop_size=24)))
        for part in (index[:0], index)
    ]
    assert (sizes[1] - sizes[0]) / rows == pytest.approx(8, abs=0.01)
