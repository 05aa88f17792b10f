"""From single runs to the tables of the paper."""

import polars as pl
import pytest

from bioscan.classify.tables import summarise_runs, table5


def run(backbone="vit", loss="ce", seed=0, validation=0.5, test=None, **where):
    """One run with its micro top-1 accuracies."""
    return {
        "experiment": "small_insect_order",
        "package": "cropped_256",
        "backbone": backbone,
        "loss": loss,
        "seed": seed,
        "validation": {"micro_top1": validation},
        "test": test or {"micro_top1": 0.0},
        **where,
    }


def winners(table: pl.DataFrame) -> set[tuple]:
    chosen = table.filter("selected")
    return set(chosen.select("experiment", "package", "backbone", "loss").iter_rows())


def test_mean_and_deviation_are_over_the_seeds():
    table = summarise_runs(run(seed=n, validation=v) for n, v in enumerate((0.7, 0.8, 0.9)))
    row = table.filter(split="validation").row(0, named=True)
    assert row["mean"] == pytest.approx(0.8)
    assert row["std"] == pytest.approx(0.1)  # of the sample: √((0.01 + 0 + 0.01) / 2)
    assert row["seeds"] == 3


def test_a_single_seed_has_no_deviation():
    table = summarise_runs([run()])
    assert table["std"].to_list() == [None, None]


def test_every_metric_of_both_splits_has_a_row():
    metrics = {"micro_top1": 0.9, "macro_f1": 0.8}
    table = summarise_runs([{**run(), "validation": metrics, "test": metrics}])
    assert table.select("split", "metric").rows() == [
        ("validation", "micro_top1"),
        ("validation", "macro_f1"),
        ("test", "micro_top1"),
        ("test", "macro_f1"),
    ]


def test_the_best_on_validation_is_selected_whatever_the_test_says():
    table = summarise_runs(
        [
            run("resnet", validation=0.8, test={"micro_top1": 0.99}),
            run("vit", validation=0.9, test={"micro_top1": 0.10}),
        ]
    )
    assert winners(table) == {("small_insect_order", "cropped_256", "vit", "ce")}


def test_the_mean_over_the_seeds_selects_not_the_best_seed():
    lucky = [run("resnet", seed=n, validation=v) for n, v in enumerate((0.95, 0.5))]
    steady = [run("vit", seed=n, validation=0.8) for n in range(2)]
    assert {backbone for *_, backbone, _ in winners(summarise_runs(lucky + steady))} == {"vit"}


def test_micro_top1_selects_and_no_other_metric():
    runs = [
        {**run("resnet"), "validation": {"macro_top1": 0.99, "micro_top1": 0.8}},
        {**run("vit"), "validation": {"macro_top1": 0.10, "micro_top1": 0.9}},
    ]
    assert {backbone for *_, backbone, _ in winners(summarise_runs(runs))} == {"vit"}


@pytest.mark.parametrize("order", [["resnet", "vit"], ["vit", "resnet"]])
def test_of_equals_the_first_is_selected(order):
    table = summarise_runs(run(backbone) for backbone in order)
    assert winners(table) == {("small_insect_order", "cropped_256", order[0], "ce")}


def test_all_seeds_and_splits_of_the_selected_model_are_marked():
    table = summarise_runs([run(loss="focal", validation=0.1), run(seed=0), run(seed=1)])
    assert table.select("loss", "split", "selected").rows() == [
        ("focal", "validation", False),
        ("focal", "test", False),
        ("ce", "validation", True),
        ("ce", "test", True),
    ]


def test_each_experiment_and_package_has_a_selected_model():
    runs = [
        run("vit", validation=0.9),
        run("resnet", validation=0.8),
        run("vit", validation=0.7, experiment="large_diptera_family"),
        run("resnet", validation=0.8, experiment="large_diptera_family"),
        run("resnet", validation=0.1, package="original_256"),
    ]
    assert winners(summarise_runs(runs)) == {
        ("small_insect_order", "cropped_256", "vit", "ce"),
        ("large_diptera_family", "cropped_256", "resnet", "ce"),
        ("small_insect_order", "original_256", "resnet", "ce"),
    }


def test_table5_is_in_percent_and_in_the_published_long_form():
    test = {"micro_top1": 0.97864, "macro_top10": 0.5, "micro_f1": 0.25, "macro_f1": 0.125}
    other = {"micro_top1": 0.96, "macro_top10": 0.5, "micro_f1": 0.25, "macro_f1": 0.125}
    runs = [run(seed=0, test=test), run(seed=1, test=other), run("resnet", validation=0.1)]
    table = table5(summarise_runs(runs))
    keys = ("task", "size", "metric", "average", "k")
    assert table.select(keys).rows() == [
        ("insect_order", "small", "accuracy", "micro", 1),
        ("insect_order", "small", "accuracy", "macro", 10),
        ("insect_order", "small", "f1", "micro", None),
        ("insect_order", "small", "f1", "macro", None),
    ]
    assert table["mean"].to_list() == [96.93, 50.0, 25.0, 12.5]
    assert table["std"].to_list() == [1.32, 0, 0, 0]  # 1.864 / √2
    assert set(table.select("backbone", "loss", "seeds").rows()) == {("vit", "ce", 2)}


def test_table5_knows_tasks_of_two_words():
    table = table5(summarise_runs([run(experiment="medium_diptera_family")]))
    assert table.select("task", "size").rows() == [("diptera_family", "medium")]
