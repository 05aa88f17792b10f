"""The six experiments of BIOSCAN-1M."""

from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bioscan.core.errors import InputError
from bioscan.core.records import EXPERIMENTS
from bioscan.partition.experiments import assign_experiments, differences

ALL = {"large": None, "medium": None, "small": None}
SCHEMA = dict.fromkeys(["processid", "order", "family", *EXPERIMENTS], pl.String)


def records(classes: dict[tuple[str | None, str | None], int]) -> pl.DataFrame:
    """Records of (order, family) classes, interleaved so that no class is contiguous."""
    pairs = [
        (number, *pair) for pair, samples in classes.items() for number in range(1, samples + 1)
    ]
    rows = [
        (f"P{place:05d}", order, family, *[None] * 6)
        for place, (_, order, family) in enumerate(sorted(pairs, key=lambda pair: pair[0]))
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def splits(frame: pl.DataFrame, experiment: str, **where: str) -> dict[str, int]:
    found = frame.filter(**where)[experiment].drop_nulls()
    return dict(Counter(found))


# The splits of the large experiments


@pytest.mark.parametrize(
    ("samples", "train", "validation", "test"),
    [(100, 70, 10, 20), (10, 7, 1, 2), (24, 17, 2, 5), (4, 2, 1, 1), (3, 1, 1, 1)],
)
def test_each_class_is_divided_70_10_20_with_one_per_split(samples, train, validation, test):
    frame = records({("Diptera", "Sciaridae"): 50, ("Coleoptera", None): samples})
    frame = assign_experiments(frame, ALL, families=40, seed=0)
    expected = {"train": train, "validation": validation, "test": test}
    assert splits(frame, "large_insect_order", order="Coleoptera") == expected


@pytest.mark.parametrize("samples", [1, 2])
def test_classes_too_small_for_three_splits_are_omitted(samples):
    frame = records({("Coleoptera", None): 10, ("Diptera", "Sciaridae"): samples})
    frame = assign_experiments(frame, ALL, families=40, seed=0)
    assert splits(frame, "large_insect_order", order="Diptera") == {}
    assert splits(frame, "large_diptera_family", family="Sciaridae") == {}


def test_records_without_the_label_take_no_part():
    frame = records({(None, None): 10, ("Diptera", None): 10})
    frame = assign_experiments(frame, ALL, families=40, seed=0)
    assert frame.filter(pl.col("order").is_null())["large_insect_order"].null_count() == 10
    assert frame["large_diptera_family"].null_count() == 20


def test_only_the_largest_families_of_diptera_are_classes():
    frame = records(
        {
            ("Diptera", "Sciaridae"): 30,
            ("Diptera", "Phoridae"): 20,
            ("Diptera", "Culicidae"): 10,
            ("Coleoptera", "Carabidae"): 40,
        }
    )
    frame = assign_experiments(frame, ALL, families=2, seed=0)
    classes = frame.drop_nulls("large_diptera_family")["family"]
    assert Counter(classes) == {"Sciaridae": 30, "Phoridae": 20}


def test_the_first_by_name_of_equally_large_families_is_a_class():
    frame = records({("Diptera", "Sciaridae"): 10, ("Diptera", "Phoridae"): 10})
    frame = assign_experiments(frame, ALL, families=1, seed=0)
    assert set(frame.drop_nulls("large_diptera_family")["family"]) == {"Phoridae"}


def test_the_order_task_keeps_the_splits_of_the_families():
    frame = records({("Diptera", "Sciaridae"): 30, ("Diptera", None): 20, ("Coleoptera", None): 9})
    frame = assign_experiments(frame, ALL, families=1, seed=0)
    divided = frame.drop_nulls("large_diptera_family")
    assert divided["large_insect_order"].equals(
        divided["large_diptera_family"].alias("large_insect_order")
    )
    # The other flies are divided among themselves: 14, 2 and 4 of 20.
    others = frame.filter(pl.col("order") == "Diptera", pl.col("family").is_null())
    assert Counter(others["large_insect_order"]) == {"train": 14, "validation": 2, "test": 4}


def test_the_published_orders_are_divided_as_in_table_3():
    """Exactly: the samples that the families leave in train, validation and test.

    Flies of the 40 families are 623,937, 89,135 and 178,266 of 789,813, 112,835 and 225,660.
    """
    others = 896_324 - 891_338
    orders = {
        **{"Hymenoptera": 89311, "Coleoptera": 47328, "Hemiptera": 46970, "Lepidoptera": 32538},
        **{"Psocodea": 9635, "Thysanoptera": 2088, "Trichoptera": 1296, "Orthoptera": 1057},
        **{"Blattodea": 824, "Neuroptera": 676, "Ephemeroptera": 96, "Dermaptera": 66},
        **{"Archaeognatha": 63, "Plecoptera": 30, "Embioptera": 6, "Siphonaptera": 2},
    }
    frame = records({("Diptera", None): others, **{(o, None): n for o, n in orders.items()}})
    frame = assign_experiments(frame, ALL, families=40, seed=0)
    assert splits(frame, "large_insect_order") == {
        "train": 789_813 - 623_937,
        "validation": 112_835 - 89_135,
        "test": 225_660 - 178_266,
    }
    assert splits(frame, "large_insect_order", order="Siphonaptera") == {}
    embioptera = splits(frame, "large_insect_order", order="Embioptera")
    assert embioptera == {"train": 4, "validation": 1, "test": 1}


def test_few_flies_outside_the_families_are_divided_as_flies():
    frame = records({("Diptera", "Sciaridae"): 30, ("Diptera", None): 2, ("Coleoptera", None): 9})
    frame = assign_experiments(frame, ALL, families=1, seed=0)
    assert frame.filter(order="Diptera")["large_insect_order"].null_count() == 0


# The smaller sizes

SIZES = {"large": None, "medium": 60, "small": 32}


def example() -> pl.DataFrame:
    frame = records(
        {
            ("Diptera", "Sciaridae"): 150,
            ("Diptera", "Phoridae"): 40,
            ("Coleoptera", "Carabidae"): 60,
            ("Hemiptera", None): 4,
        }
    )
    return assign_experiments(frame, SIZES, families=2, seed=0)


@pytest.mark.parametrize("task", ["insect_order", "diptera_family"])
def test_sizes_keep_the_splits_of_the_large_one(task):
    frame = example()
    for size in ("medium", "small"):
        within = frame.drop_nulls(f"{size}_{task}")
        assert within[f"{size}_{task}"].to_list() == within[f"large_{task}"].to_list()


def test_each_size_is_drawn_independently():
    frame = example().drop_nulls("small_insect_order")
    assert frame["medium_insect_order"].null_count() > 0


@pytest.mark.parametrize("task", ["insect_order", "diptera_family"])
def test_sizes_hold_exactly_as_many_samples_as_asked(task):
    frame = example()
    medium = {"train": 42, "validation": 6, "test": 12}
    assert splits(frame, f"medium_{task}") == medium
    # 70, 10 and 20 % of 32 are 22.4, 3.2 and 6.4.
    assert sum(splits(frame, f"small_{task}").values()) == 32


def test_every_class_is_in_every_split_of_every_size():
    frame = example()
    for size in SIZES:
        for split in ("train", "validation", "test"):
            chosen = frame.filter(pl.col(f"{size}_insect_order") == split)
            assert set(chosen["order"]) == {"Diptera", "Coleoptera", "Hemiptera"}


def test_a_size_keeps_the_proportions_of_the_classes():
    # 280 + 120 in train, so 28 + 12 of 40 (and of 58 in all).
    frame = records({("Diptera", "Sciaridae"): 400, ("Coleoptera", None): 171})
    frame = assign_experiments(frame, {**SIZES, "small": 57}, families=1, seed=0)
    chosen = frame.filter(pl.col("small_insect_order") == "train")
    assert Counter(chosen["order"]) == {"Diptera": 28, "Coleoptera": 12}


def test_the_released_sizes_are_as_balanced_as_possible():
    counts = {("Coleoptera", None): 400, ("Diptera", "Sciaridae"): 170, ("Hemiptera", None): 7}
    # Train of large holds 280, 119 and 5 of them. In turn 81 are 38, 38 and all 5; the 82nd is of
    # the rarer of the two orders that are left.
    for small, flies in ((116, 38), (117, 39)):
        sizes = {**SIZES, "small": small}
        frame = assign_experiments(records(counts), sizes, families=1, seed=0, rules="released")
        chosen = frame.filter(pl.col("small_insect_order") == "train")
        expected = {"Coleoptera": 38, "Diptera": flies, "Hemiptera": 5}
        assert Counter(chosen["order"]) == expected


def test_medium_and_small_are_drawn_from_large():
    frame = records({("Coleoptera", None): 400, ("Diptera", "Sciaridae"): 400})
    sizes = {"large": 100, "medium": 50, "small": 50}
    frame = assign_experiments(frame, sizes, families=1, seed=0)
    for size in ("medium", "small"):
        within = frame.drop_nulls(f"{size}_insect_order")
        assert within.height == 50
        assert within["large_insect_order"].null_count() == 0


@pytest.mark.parametrize("rules", ["paper", "released"])
def test_a_size_that_cannot_hold_every_class_is_refused(rules):
    frame = records({("Coleoptera", None): 50, ("Hemiptera", None): 50, ("Diptera", None): 50})
    sizes = {**ALL, "small": 25}
    with pytest.raises(InputError) as error:
        assign_experiments(frame, sizes, families=1, seed=0, rules=rules)
    assert str(error.value) == (
        "config: partition.sizes.small is 25, 2 of which are for validation; "
        "expected at least one for each of the 3 classes of order"
    )
    assign_experiments(frame, {**ALL, "small": 30}, families=1, seed=0, rules=rules)


def test_a_size_beyond_the_records_takes_them_all():
    frame = records({("Coleoptera", None): 20, ("Hemiptera", None): 10})
    frame = assign_experiments(frame, {**ALL, "medium": 1000}, families=1, seed=0)
    assert frame["medium_insect_order"].null_count() == 0


# Properties of any records

CLASSES = st.dictionaries(
    st.sampled_from(
        [("Diptera", f) for f in ("A", "B", "C", "D", None)]
        + [("Coleoptera", None), ("Hemiptera", "H"), (None, None)]
    ),
    st.integers(1, 40),
    min_size=1,
)
examples = settings(max_examples=40)


@examples
@given(CLASSES, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(classes, random):
    frame = records(classes)
    order = list(range(frame.height))
    random.shuffle(order)
    assert_frame_equal(
        assign_experiments(frame[order], SIZES, 3, seed=0),
        assign_experiments(frame, SIZES, 3, seed=0)[order],
    )


@examples
@given(CLASSES, st.integers(80, 200), st.sampled_from(["paper", "released"]))
def test_any_size_is_exact_and_holds_every_class(classes, samples, rules):
    frame = assign_experiments(records(classes), {**ALL, "small": samples}, 3, 0, rules)
    quotas = {"validation": round(0.1 * samples), "test": round(0.2 * samples)}
    quotas["train"] = samples - sum(quotas.values())
    for task, label in (("insect_order", "order"), ("diptera_family", "family")):
        for split, quota in quotas.items():
            large = frame.filter(pl.col(f"large_{task}") == split)
            small = frame.filter(pl.col(f"small_{task}") == split)
            assert small.height == min(quota, large.height)
            assert set(small[label]) == set(large[label])


def test_another_seed_gives_other_splits():
    frame = records({("Coleoptera", None): 50})
    first, second = (
        assign_experiments(frame, ALL, 1, seed)["large_insect_order"].to_list() for seed in (0, 1)
    )
    assert first != second


def experiments(*rows: dict[str, str | None]) -> pl.DataFrame:
    """Records with an order, a family and the experiments that they are in."""
    schema = dict.fromkeys(("order", "family", *EXPERIMENTS), pl.String)
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def test_assigned_experiments_do_not_differ_from_the_paper():
    orders, families = ["Diptera"] * 60 + ["Hemiptera"] * 40, ["A"] * 30 + ["B"] * 30 + ["C"] * 40
    frame = pl.DataFrame({"order": orders, "family": families}).with_columns(
        pl.Series("processid", [f"P{n:03d}" for n in range(100)]),
        *(pl.lit(None, pl.String).alias(name) for name in EXPERIMENTS),
    )
    assigned = assign_experiments(frame, {"large": None, "medium": 60, "small": 30}, 2, seed=0)
    assert assigned["small_diptera_family"].count() == 30
    assert differences(assigned) == []


def test_differences_from_the_paper_are_counted():
    fly = {"order": "Diptera", "family": "A", "large_diptera_family": "train"}
    found = differences(
        experiments(
            fly,
            {**fly, "order": "Hemiptera"},
            {**fly, "family": None, "small_diptera_family": "test"},
            {"order": "Diptera", "medium_insect_order": "train"},
            {"large_insect_order": "train"},
        )
    )
    assert found == [
        "1 records of large_diptera_family without family",
        "1 records of large_diptera_family that are no Diptera",
        "1 records of small_diptera_family without family",
        "1 records of small_diptera_family in another split of large_diptera_family",
        "1 records of large_insect_order without order",
        "1 records of medium_insect_order in another split of large_insect_order",
    ]
