"""Which photographs an experiment uses, and how a classifier sees them."""

import pickle

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.classify.samples import PackedPhotographs, label_of, select_experiment
from bioscan.core.errors import InputError
from bioscan.core.images import encode
from bioscan.core.pack import write_pack

EXPERIMENT = "small_insect_order"


def records(*rows: tuple[str, str | None, str | None]) -> pl.LazyFrame:
    """Records from (processid, split, order)."""
    return pl.LazyFrame(rows, schema=["processid", EXPERIMENT, "order"], orient="row")


def index(*processids: str) -> pl.DataFrame:
    """All in the first shard, in the order given."""
    return pl.DataFrame(
        {"processid": processids, "shard": [0] * len(processids), "row": range(len(processids))}
    )


SPECIMENS = (
    ("H1", "train", "Hemiptera"),
    ("D1", "train", "Diptera"),
    ("D2", "train", "Diptera"),
    ("D3", "validation", "Diptera"),
    ("H2", "validation", "Hemiptera"),
    ("D4", "test", "Diptera"),
    ("N1", None, "Diptera"),
)
EVERYTHING = index("D4", "D3", "H2", "D2", "D1", "H1", "N1")


def select(rows=SPECIMENS, where=EVERYTHING):
    return select_experiment(records(*rows), where, EXPERIMENT, "order")


@pytest.mark.parametrize(
    ("experiment", "label"),
    [("small_insect_order", "order"), ("large_diptera_family", "family")],
)
def test_an_experiment_names_its_label(experiment, label):
    assert label_of(experiment) == label


def test_classes_are_ranked_by_their_training_photographs():
    # Hemiptera lead outside training.
    more = [(f"H{n}", "test", "Hemiptera") for n in range(3, 9)]
    found = select([*SPECIMENS, *more], index("H1", "D1", "D2", "D3", "H2", "D4", "H3"))
    assert found.classes == ["Diptera", "Hemiptera"]


def test_equally_frequent_classes_are_in_alphabetical_order():
    found = select([row for row in SPECIMENS if row[0] != "D1"])
    assert found.classes == ["Diptera", "Hemiptera"]


def test_each_split_holds_its_photographs_in_the_order_of_the_packs():
    rows = select().rows
    assert {split: table.rows() for split, table in rows.items()} == {
        "train": [("D2", 0, 3, 0), ("D1", 0, 4, 0), ("H1", 0, 5, 1)],
        "validation": [("D3", 0, 1, 0), ("H2", 0, 2, 1)],
        "test": [("D4", 0, 0, 0)],
    }


def test_photographs_that_are_not_packed_are_left_out():
    rows = select(where=index("D4", "D3", "D2", "H1")).rows
    assert rows["train"]["processid"].to_list() == ["D2", "H1"]


def test_a_class_without_training_photographs_is_left_out():
    found = select([*SPECIMENS, ("C1", "test", "Coleoptera")], index("D1", "D3", "D4", "H1", "C1"))
    assert found.classes == ["Diptera", "Hemiptera"]
    assert found.rows["test"]["processid"].to_list() == ["D4"]


def test_a_single_class_is_one_clear_line():
    with pytest.raises(InputError) as error:
        select([row for row in SPECIMENS if row[2] == "Diptera"])
    assert str(error.value) == f"experiment {EXPERIMENT}: nothing to tell apart in ['Diptera']"


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_empty_split_is_one_clear_line(split):
    with pytest.raises(InputError) as error:
        select([row for row in SPECIMENS if row[1] != split])
    assert str(error.value) == f"experiment {EXPERIMENT}: no photograph in its {split} split"


# Crops

#: A photograph of 48 × 32 pixels whose red grows to the right and whose green grows downwards, by
#: 5 a pixel: a pixel's colour says where it lies.
PHOTOGRAPH = np.zeros((32, 48, 3), dtype=np.uint8)
PHOTOGRAPH[..., 0] = 5 * np.arange(48)
PHOTOGRAPH[..., 1] = 5 * np.arange(32)[:, None]


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "0000.h5"
    large = np.kron(PHOTOGRAPH, np.ones((2, 2, 1), dtype=np.uint8))
    photographs = [("A", encode(PHOTOGRAPH, 100)), ("B", encode(large, 100))]
    write_pack(path, "cropped_256", photographs, {})
    return path


ROWS = pl.DataFrame({"processid": ["B", "A"], "shard": [0, 0], "row": [1, 0], "class": [4, 2]})


@pytest.fixture
def crops(pack):
    return PackedPhotographs([pack], ROWS, image_size=32, crop_size=24)


def place(square: torch.Tensor) -> tuple[int, int, bool]:
    """Left and upper edge of a square in PHOTOGRAPH, and whether it is mirrored."""
    red = square[0].float().mean(0)
    left, right = (int((red[[0, -1]] / 5).round()[n]) for n in (0, -1))
    top = int((square[1].float().mean(1)[0] / 5).round())
    return min(left, right), top, left > right


def test_without_a_draw_the_centre_is_cut_out(crops):
    square, label = crops[1]
    assert square.shape == (3, 24, 24)
    assert square.dtype == torch.uint8
    assert place(square) == (12, 4, False)
    assert label == 2


def test_larger_photographs_are_brought_to_the_same_size(crops):
    small, large = crops[1][0], crops[0][0]
    assert (small.int() - large.int()).abs().max() <= 6


def test_a_draw_moves_and_mirrors_the_square(crops):
    places = {place(crops[1, draw][0]) for draw in range(400)}
    assert {left for left, _, _ in places} == set(range(25))
    assert {top for _, top, _ in places} == set(range(9))
    assert {mirrored for *_, mirrored in places} == {True, False}


def test_every_other_square_is_mirrored(crops):
    mirrored = [place(crops[1, draw][0])[2] for draw in range(400)]
    assert 160 < sum(mirrored) < 240  # four standard deviations around 200


def test_the_same_draw_gives_the_same_square(crops):
    assert torch.equal(crops[1, 2**62][0], crops[1, 2**62][0])


def test_the_label_does_not_depend_on_the_draw(crops):
    assert [crops[1, draw][1] for draw in range(3)] == [2, 2, 2]


def test_there_are_as_many_as_rows(crops):
    assert len(crops) == 2


def test_it_can_be_handed_to_another_process(crops):
    first = crops[0][0]
    assert torch.equal(pickle.loads(pickle.dumps(crops))[0][0], first)
