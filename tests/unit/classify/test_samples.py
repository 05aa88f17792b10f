"""The labelled images of an experiment, as a classifier sees them."""

import pickle

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.classify.samples import LabelledImages, label_of, select_experiment
from bioscan.core.errors import InputError
from bioscan.core.images import encode
from bioscan.core.packed import PackedImages
from tests.unit.core.packs import write_pack

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


def test_images_without_the_label_are_left_out_and_counted(caplog):
    """As where cleaning took the label away, and published experiments are kept."""
    unlabelled = ("U1", "train", None), ("U2", "test", None)
    chosen = select_experiment(
        records(*SPECIMENS, *unlabelled), index("U1", *EVERYTHING["processid"], "U2"), EXPERIMENT,
        "order",
    )  # fmt: skip
    assert chosen.classes == ["Diptera", "Hemiptera"]
    assert chosen.counts == [2, 1]
    assert chosen.rows["test"]["processid"].to_list() == ["D4"]
    assert f"{EXPERIMENT}: left out, because they have no order: 2" in caplog.messages


def select(rows=SPECIMENS, where=EVERYTHING):
    return select_experiment(records(*rows), where, EXPERIMENT, "order")


@pytest.mark.parametrize(
    ("experiment", "label"),
    [("small_insect_order", "order"), ("large_diptera_family", "family")],
)
def test_an_experiment_names_its_label(experiment, label):
    assert label_of(experiment) == label


def test_classes_are_ranked_by_their_training_images():
    # Hemiptera lead outside training.
    more = [(f"H{n}", "test", "Hemiptera") for n in range(3, 9)]
    found = select([*SPECIMENS, *more], index("H1", "D1", "D2", "D3", "H2", "D4", "H3"))
    assert found.classes == ["Diptera", "Hemiptera"]


def test_equally_frequent_classes_are_in_alphabetical_order():
    found = select([row for row in SPECIMENS if row[0] != "D1"])
    assert found.classes == ["Diptera", "Hemiptera"]


def test_training_images_are_counted_class_by_class():
    assert select().counts == [2, 1]
    # Only packed images count.
    found = select(where=index("D4", "D3", "H2", "D1", "H1"))
    assert (found.classes, found.counts) == (["Diptera", "Hemiptera"], [1, 1])


def test_each_split_holds_its_images_in_the_order_of_the_packs():
    rows = select().rows
    assert {split: table.rows() for split, table in rows.items()} == {
        "train": [("D2", 0, 3, 0), ("D1", 0, 4, 0), ("H1", 0, 5, 1)],
        "validation": [("D3", 0, 1, 0), ("H2", 0, 2, 1)],
        "test": [("D4", 0, 0, 0)],
    }


def test_images_that_are_not_packed_are_left_out():
    rows = select(where=index("D4", "D3", "D2", "H1")).rows
    assert rows["train"]["processid"].to_list() == ["D2", "H1"]


def test_a_class_without_training_images_is_left_out():
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
    assert str(error.value) == f"experiment {EXPERIMENT}: no image in its {split} split"


# Squares with their classes

ROWS = pl.DataFrame({"processid": ["B", "A"], "shard": [0, 0], "row": [1, 0], "class": [4, 2]})


@pytest.fixture
def labelled(tmp_path):
    """Two images, of noise, and what selects them."""
    noise = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), dtype=np.uint8)
    images = [(name, encode(pixels, 90)) for name, pixels in zip("AB", noise, strict=True)]
    write_pack(tmp_path / "0000.h5", "cropped_256", images, {})
    return LabelledImages([tmp_path / "0000.h5"], ROWS, image_size=32, crop_size=24)


def test_an_image_comes_with_its_class(labelled):
    assert [label for _, label in (labelled[n] for n in range(len(labelled)))] == [4, 2]
    assert [labelled.processid(n) for n in range(len(labelled))] == ["B", "A"]


@pytest.mark.parametrize("key", [1, (1, 7), (1, 2**62)])
def test_the_square_is_that_of_the_package(labelled, key):
    plain = PackedImages(labelled.reader.paths, ROWS, image_size=32, crop_size=24)
    square, label = labelled[key]
    assert torch.equal(square, plain[key])
    assert label == 2


def test_it_can_be_handed_to_another_process(labelled):
    square, label = labelled[0]
    other = pickle.loads(pickle.dumps(labelled))[0]
    assert torch.equal(other[0], square)
    assert other[1] == label
