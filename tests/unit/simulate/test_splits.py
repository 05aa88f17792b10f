"""The splits of 5M and the experiments of 1M have the published invariants."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.records import SPLITS
from bioscan.simulate.community import Community
from bioscan.simulate.splits import level_for
from tests.unit.simulate.communities import table


def test_splits_keep_the_published_invariants(clean):
    counts = (
        clean.filter(true_label_rank="species")
        .group_by("species")
        .agg(
            pl.len(),
            pl.col("split").unique(),
            pl.col("genus").first(),
            pl.col("true_family").first(),
        )
    )
    placeholder = pl.col("species").str.contains(r"^[a-z]|\.|\d|(?i)malaise")
    seen, others = counts.filter(~placeholder), counts.filter(placeholder)
    assert set(clean["split"]) == set(SPLITS)
    assert set(clean.filter(pl.col("true_label_rank") != "species")["split"]) == {"pretrain"}
    assert seen["split"].list.contains("train").all()
    assert set(seen["split"].explode()) == {"train", "val", "test"}
    unseen = others.filter(pl.col("genus").is_in(seen["genus"].implode()) & (pl.col("len") >= 8))
    assert unseen["split"].list.contains("key_unseen").all()
    assert set(unseen["split"].explode()) == {"key_unseen", "val_unseen", "test_unseen"}
    rest = others.join(unseen, on="species", how="anti")
    assert set(rest["split"].explode()) == {"other_heldout"}


def test_every_class_of_an_experiment_is_divided_70_10_20(insects):
    for name, classes in {"large_insect_order": "order", "large_diptera_family": "family"}.items():
        taking = insects.filter(pl.col(name).is_not_null())
        shares = taking.group_by(classes).agg(
            pl.len(), *((pl.col(name) == role).sum().alias(role) for role in ("train", "test"))
        )
        assert (shares["len"] >= 3).all()
        assert ((shares["train"] - 0.7 * shares["len"]).abs() <= 1.5).all()
        assert ((shares["test"] - 0.2 * shares["len"]).abs() <= 1).all()
    families = insects.filter(pl.col("large_diptera_family").is_not_null())
    assert set(families["order"]) == {"Diptera"} and families["family"].n_unique() == 40


def test_only_labelled_records_take_part_in_an_experiment():
    community = Community(4_000, seed=2, insects_only=True, noise={"shallower": 1.0})
    frame = table(community, "bioscan1m")
    assert frame.filter(pl.col("family").is_null() & pl.col("noise").is_not_null()).height > 10
    assert not frame.filter(pl.col("family").is_null())["large_diptera_family"].count()
    assert not frame.filter(pl.col("order").is_null())["large_insect_order"].count()


def test_smaller_experiments_are_flatter_parts_of_the_larger(insects):
    for task in ("insect_order", "diptera_family"):
        large, medium, small = (insects[f"{size}_{task}"] for size in ("large", "medium", "small"))
        assert (medium.drop_nulls() == large.filter(medium.is_not_null())).all()
        assert (small.drop_nulls() == medium.filter(small.is_not_null())).all()
    assert small.count() < medium.count() < large.count()
    medium = insects["medium_insect_order"]
    assert medium.count() / len(insects) == pytest.approx(200_000 / 1_128_308, abs=0.01)
    diptera = insects["order"] == "Diptera"
    assert diptera.filter(medium.is_not_null()).mean() < diptera.mean()


def test_the_level_cuts_large_classes():
    assert level_for(np.array([2, 10, 100]), 20) == 9  # 2 + 9 + 9
    assert level_for(np.array([2, 10, 100]), 62) == 50
    assert level_for(np.array([5, 5]), 10) == 5
