"""The tables of the paper, from the metrics of single runs."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import recall_score

from bioscan.classify.settings import ClassifierRun
from bioscan.classify.tables import (
    ablation_table,
    accuracy_by_class,
    ranks_table,
    read_selected,
    read_summary,
    selected_among,
    summarise_runs,
    table5,
    validation_table,
)
from bioscan.core.files import write_csv


def run(backbone="vit", loss="ce", seed=0, validation=0.5, test=None, **where):
    """One run with its micro top-1 accuracies."""
    return {
        "experiment": "small_insect_order",
        "package": "cropped_256",
        "recipe": "paper",
        "backbone": backbone,
        "loss": loss,
        "seed": seed,
        "validation": {"micro_top1": validation},
        "test": test or {"micro_top1": 0.0},
        **where,
    }


def typed(runs: list[dict]) -> list[ClassifierRun]:
    """The runs without their metrics."""
    names = [field.name for field in fields(ClassifierRun)]
    return [ClassifierRun(**{name: run[name] for name in names}) for run in runs]


def winners(table: pl.DataFrame) -> set[tuple]:
    chosen = table.filter("selected")
    return set(chosen.select("experiment", "package", "backbone", "loss").iter_rows())


def test_mean_and_standard_deviation_are_over_the_seeds():
    table = summarise_runs(run(seed=n, validation=v) for n, v in enumerate((0.7, 0.8, 0.9)))
    row = table.filter(split="validation").row(0, named=True)
    assert row["mean"] == pytest.approx(0.8)
    assert row["std"] == pytest.approx(0.1)  # of the sample: √((0.01 + 0 + 0.01) / 2)
    assert row["seeds"] == 3


def test_a_single_seed_has_no_standard_deviation():
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


def test_each_experiment_package_and_recipe_has_a_selected_model():
    runs = [
        run("vit", validation=0.9),
        run("resnet", validation=0.8),
        run("vit", validation=0.7, experiment="large_diptera_family"),
        run("resnet", validation=0.8, experiment="large_diptera_family"),
        run("resnet", validation=0.1, package="original_256"),
        run("resnet", validation=0.3, recipe="released"),
        run("resnet", "focal", validation=0.4, recipe="released"),
    ]
    assert winners(summarise_runs(runs)) == {
        ("small_insect_order", "cropped_256", "vit", "ce"),
        ("large_diptera_family", "cropped_256", "resnet", "ce"),
        ("small_insect_order", "original_256", "resnet", "ce"),
        ("small_insect_order", "cropped_256", "resnet", "focal"),  # released
    }


def test_the_seeds_of_the_selected_model_are_found_among_the_runs():
    runs = [
        run("resnet", seed=0, validation=0.8),
        run("vit", seed=0, validation=0.9),
        run("vit", "focal", seed=0, validation=0.9),  # of equals the first
        run("vit", seed=1, validation=0.8),
        run("vit", "focal", seed=1, validation=0.8),
    ]
    other = [
        run("resnet", seed=0, validation=0.1, recipe="released"),
        run("resnet", seed=0, validation=0.1, experiment="large_insect_order"),
    ]
    # As scripts read it.
    summary = pl.read_csv(summarise_runs(other[:1] + runs + other[1:]).write_csv().encode())
    assert selected_among(summary, typed(runs)) == [1, 3]
    assert selected_among(summary, typed(other[1:])) == [0]


def test_predictions_and_description_are_those_of_the_selected_model(tmp_path: Path):
    runs = [run(name, seed=0, validation=score) for name, score in (("vit", 0.8), ("resnet", 0.9))]
    summarise_runs(runs).write_csv(tmp_path / "runs.csv")
    predictions, models = ([tmp_path / f"{kind}{n}" for n in range(2)] for kind in ("p", "m"))
    for n in range(2):
        pl.DataFrame({"class": [n]}).write_parquet(predictions[n])
        models[n].write_text(json.dumps({"label_names": [str(n)]}))
    selected = read_selected(tmp_path / "runs.csv", typed(runs), predictions, models)
    assert selected.run.backbone == "resnet"
    assert [frame["class"].to_list() for frame in selected.predictions] == [[1]]
    assert selected.description == {"label_names": ["1"]}


# Table 5


def test_table5_is_in_percent_and_in_the_published_long_form():
    test = {"micro_top1": 0.97864, "macro_top10": 0.5, "micro_f1": 0.25, "macro_f1": 0.125}
    other = {"micro_top1": 0.96, "macro_top10": 0.5, "micro_f1": 0.25, "macro_f1": 0.125}
    runs = [run(seed=0, test=test), run(seed=1, test=other), run("resnet", validation=0.1)]
    table = table5(summarise_runs(runs))
    assert table.columns == [
        *("task", "size", "metric", "average", "k", "model", "recipe", "mean", "std", "seeds")
    ]
    assert table.select("task", "size", "metric", "average", "k").rows() == [
        ("insect_order", "small", "accuracy", "micro", 1),
        ("insect_order", "small", "accuracy", "macro", 10),
        ("insect_order", "small", "f1", "micro", None),
        ("insect_order", "small", "f1", "macro", None),
    ]
    assert table["mean"].to_list() == [96.93, 50.0, 25.0, 12.5]
    assert table["std"].to_list() == [1.32, 0, 0, 0]  # 1.864 / √2
    assert set(table.select("model", "recipe", "seeds").rows()) == {("vit, CE", "paper", 2)}


def test_the_loss_is_not_in_percent_and_the_majority_is():
    table = table5(summarise_runs([run(test={"loss": 0.123456, "micro_majority": 0.5})]))
    assert table.select("metric", "average", "k", "mean").rows() == [
        ("loss", None, None, 0.1235),
        ("majority", "micro", None, 50.0),
    ]


def test_table5_has_the_selected_model_of_each_recipe_in_the_names_of_the_paper():
    runs = [
        run("vit_base_patch16_224", validation=0.9),
        run("resnet50", validation=0.8),
        run("resnet50", "focal", validation=0.7, recipe="released"),
    ]
    assert table5(summarise_runs(runs)).select("model", "recipe").rows() == [
        ("ViT-B/16, CE", "paper"),
        ("ResNet-50, Focal", "released"),
    ]


def test_table5_knows_tasks_of_two_words():
    table = table5(summarise_runs([run(experiment="medium_diptera_family")]))
    assert table.select("task", "size").rows() == [("diptera_family", "medium")]


# Tables A3, A4 and A6


def evaluated(*models: tuple, **where) -> list[dict]:
    """One run per model, from (backbone, loss, validation metrics)."""
    return [
        {**run(backbone, loss, **where), "validation": {"micro_top1": 0.5, **metrics}}
        for backbone, loss, metrics in models
    ]


def test_tables_a3_and_a4_have_all_models_and_only_their_metric_on_validation():
    metrics = {"macro_top1": 0.25, "micro_top5": 1.0, "micro_f1": 0.5, "macro_f1": 0.125}
    metrics |= {"loss": 0.1, "micro_majority": 0.3}
    models = ("vit_base_patch16_224", "focal"), ("mine", "ce")
    summary = summarise_runs(evaluated(*((*model, metrics) for model in models)))
    accuracy = validation_table(summary, "accuracy")
    keys = ["task", "size", "backbone", "loss", "metric", "average", "k"]
    assert accuracy.columns == [*keys, "recipe", "mean", "std", "seeds", "selected"]
    where = ("insect_order", "small")
    assert accuracy.rows() == [
        (*where, *model, "accuracy", average, 1, "paper", mean, None, 1, selected)
        for *model, selected in (("ViT-B/16", "Focal", True), ("mine", "CE", False))
        for average, mean in (("micro", 50.0), ("macro", 25.0))
    ]
    f1 = validation_table(summary, "f1")
    assert f1.columns == accuracy.columns
    assert f1.select("backbone", "metric", "average", "k", "mean").rows() == [
        (backbone, "f1", average, None, mean)
        for backbone in ("ViT-B/16", "mine")
        for average, mean in (("micro", 50.0), ("macro", 12.5))
    ]


def test_table_a6_compares_packages_in_fractions():
    test = {"micro_top1": 0.4, "micro_top5": 0.44444}
    metrics = {"micro_top5": 0.98764, "micro_top3": 0.9, "micro_f1": 0.5, "loss": 0.1}
    runs = [
        {**one, "test": test}
        for package in ("original_256", "cropped_256")
        for one in evaluated(("resnet50", "ce", metrics), package=package, recipe="adamw_40")
    ]
    runs.append({**runs[0], "seed": 1, "validation": {"micro_top1": 0.6, "micro_top5": 0.98764}})
    table = ablation_table(summarise_runs(runs))
    assert table.columns == [
        *("task", "size", "backbone", "loss", "image_type", "metric", "average", "k", "recipe"),
        *("mean", "std", "test_mean", "test_std", "seeds"),
    ]
    where = ("insect_order", "small", "ResNet-50", "CE")
    assert table.rows() == [
        (*where, "original", "accuracy", "micro", 1, "adamw_40", 0.55, 0.0707, 0.4, 0.0, 2),
        (*where, "original", "accuracy", "micro", 5, "adamw_40", 0.9876, 0.0, 0.4444, 0.0, 2),
        (*where, "cropped", "accuracy", "micro", 1, "adamw_40", 0.5, None, 0.4, None, 1),
        (*where, "cropped", "accuracy", "micro", 5, "adamw_40", 0.9876, None, 0.4444, None, 1),
    ]


# Accuracy of each class


def predictions(target, predicted) -> pl.DataFrame:
    return pl.DataFrame({"class": target, "predicted": predicted})


def test_accuracy_of_each_class():
    # Class 0: 1 of 2 right; class 1: right; class 2: only predicted; class 3: neither.
    accuracy = accuracy_by_class(predictions([0, 1, 0], [0, 1, 2]), 4)
    assert accuracy == pytest.approx([0.5, 1, np.nan, np.nan], nan_ok=True)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_accuracy_of_each_class_is_scikit_learns_recall(answers):
    target, predicted = zip(*answers, strict=True)
    recall = recall_score(target, predicted, labels=range(6), average=None, zero_division=np.nan)
    found = accuracy_by_class(predictions(target, predicted), 6)
    assert found == pytest.approx(recall, nan_ok=True)


# By rank


def test_classifiers_by_rank_are_tabulated_on_both_splits():
    table = ranks_table(
        summarise_runs(
            run(experiment="genus", backbone=name, validation=value, test={"macro_top5": 0.25})
            for name, value in (("vit_base_patch16_224", 0.5), ("lite0", 0.75))
        )
    )
    names = ("rank", "backbone", "split", "metric", "average", "k", "mean", "selected")
    assert table.select(names).rows() == [
        ("genus", "ViT-B/16", "validation", "accuracy", "micro", 1, 50.0, False),
        ("genus", "ViT-B/16", "test", "accuracy", "macro", 5, 25.0, False),
        ("genus", "lite0", "validation", "accuracy", "micro", 1, 75.0, True),
        ("genus", "lite0", "test", "accuracy", "macro", 5, 25.0, True),
    ]


def test_a_summary_of_single_seeds_is_read_back_as_it_was(tmp_path: Path):
    """Of which no model has a standard deviation: a column without any value."""
    summary = summarise_runs([run(), run(backbone="resnet", validation=0.25)])
    write_csv(summary, tmp_path / "runs.csv")
    again = read_summary(tmp_path / "runs.csv")
    assert again.equals(summary) and again.schema == summary.schema | {"seeds": pl.Int64}
    assert table5(again).height == 1
