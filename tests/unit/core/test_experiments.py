"""What experiments classify, and how their samples are divided."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioscan.core.experiments import divide, order_within, rank_of


@pytest.mark.parametrize(
    ("experiment", "rank"),
    [
        ("small_insect_order", "order"),
        ("large_diptera_family", "family"),
        ("order", "order"),
        ("subfamily", "subfamily"),
    ],
)
def test_an_experiment_is_of_a_rank(experiment, rank):
    assert rank_of(experiment) == rank


def test_the_experiments_of_flies_have_no_other_order():
    assert order_within("medium_diptera_family") == "Diptera"
    assert order_within("small_insect_order") is order_within("family") is None


def divided(counts: dict[str | None, int]) -> pl.DataFrame:
    labels = [label for label, count in counts.items() for _ in range(count)]
    frame = pl.DataFrame({"label": labels, "draw": range(len(labels))}, {"label": str, "draw": int})
    return frame.with_columns(split=divide("label"))


def test_classes_of_fewer_than_three_and_no_class_are_left_out():
    frame = divided({"rare": 2, None: 5, "common": 3})
    assert frame.filter(pl.col("label").ne_missing("common"))["split"].null_count() == 7
    assert sorted(frame.filter(label="common")["split"]) == ["test", "train", "validation"]


@given(count=st.integers(3, 400))
def test_a_class_is_in_every_split_and_near_its_shares(count):
    found = dict(divided({"one": count})["split"].value_counts().iter_rows())
    assert sum(found.values()) == count
    assert min(found.values()) >= 1
    assert abs(found["validation"] - count * 0.1) <= 1
    assert abs(found["test"] - count * 0.2) <= 1
