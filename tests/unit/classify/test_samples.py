"""The labelled images of an experiment, as a classifier sees them."""

import pickle

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.classify.samples import LabelledImages, divide_by_rank, select_experiment
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
        records(*SPECIMENS, *unlabelled), index("U1", *EVERYTHING["processid"], "U2"), EXPERIMENT
    )  # fmt: skip
    assert chosen.classes == ["Diptera", "Hemiptera"]
    assert chosen.counts == [2, 1]
    assert chosen.rows["test"]["processid"].to_list() == ["D4"]
    assert f"{EXPERIMENT}: left out, because they have no order: 2" in caplog.messages


def select(rows=SPECIMENS, where=EVERYTHING):
    return select_experiment(records(*rows), where, EXPERIMENT)


def in_splits(*groups: tuple[str | None, str | None, int]) -> pl.DataFrame:
    """Records from (split, family, number of specimens)."""
    rows = [
        (f"{split}-{family}-{place}", split, family)
        for split, family, number in groups
        for place in range(number)
    ]
    return pl.DataFrame(rows, {"processid": str, "split": str, "family": str}, orient="row")


def roles(divided: pl.DataFrame, starts: str) -> dict[str, int]:
    chosen = divided.filter(pl.col("processid").str.starts_with(starts))
    return dict(chosen["split"].value_counts().sort("split").iter_rows())


def test_by_rank_the_splits_of_seen_species_are_kept_and_the_rest_is_divided(caplog):
    records = in_splits(
        ("train", "Sciaridae", 4),
        ("val", "Sciaridae", 2),
        ("test", "Sciaridae", 3),
        ("pretrain", "Sciaridae", 10),
        ("other_heldout", "Phoridae", 20),
        (None, "Muscidae", 3),
        ("test_unseen", "Sciaridae", 5),
        ("key_unseen", "Phoridae", 1),
        ("pretrain", None, 7),
        ("pretrain", "Ulidiidae", 2),
    )
    divided = divide_by_rank(records, "family")
    assert roles(divided, "train") == {"train": 4}
    assert roles(divided, "val") == {"validation": 2}
    assert roles(divided, "test-") == {"test": 3}
    assert roles(divided, "pretrain") == {"test": 2, "train": 7, "validation": 1}
    assert roles(divided, "other") == {"test": 4, "train": 14, "validation": 2}
    assert roles(divided, "None") == {"test": 1, "train": 1, "validation": 1}
    assert set(divided["family"]) == {"Sciaridae", "Phoridae", "Muscidae"}
    assert caplog.messages == [
        "family: specimens left out, because they are of unseen species: 6",
        "family: specimens left out, because they are of a class of fewer than 3: 2",
    ]


def test_the_division_by_rank_does_not_depend_on_the_order_of_the_records():
    records = in_splits(("pretrain", "Sciaridae", 40), (None, "Phoridae", 9))
    shuffled = records.sample(fraction=1, shuffle=True, seed=3)
    assert divide_by_rank(shuffled, "family").equals(divide_by_rank(records, "family"))


def test_an_experiment_may_be_a_rank():
    found = in_splits(("pretrain", "Sciaridae", 10), ("pretrain", "Phoridae", 20))
    chosen = select_experiment(found.lazy(), index(*found["processid"]), "family")
    assert chosen.classes == ["Phoridae", "Sciaridae"]
    assert chosen.counts == [14, 7]
    assert {split: rows.height for split, rows in chosen.rows.items()} == {
        "train": 21,
        "validation": 3,
        "test": 6,
    }


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
