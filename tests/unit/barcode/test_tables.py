"""Accuracy of DNA models."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import bootstrap

from bioscan.barcode.tables import (
    Answers,
    accuracy_rows,
    balanced_interval,
    describe,
    table4,
    tableA15,
)
from bioscan.core.intervals import wilson_interval
from bioscan.core.records import RANKS


def table(rows: list[tuple[str, str, str | None, str | None]]) -> pl.DataFrame:
    """Rows of (processid, split, genus, species)."""
    schema = ["processid", "split", "genus", "species"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.lit(None, pl.String).alias(r) for r in RANKS if r not in schema)


SEQUENCES = table(
    [
        ("K1", "train", "Aus", "Aus bus"),
        ("K2", "train", "Xus", "Xus yus"),
        ("Q1", "test", "Aus", "Aus bus"),
        ("Q2", "test", "Aus", "Aus bus"),
        ("Q3", "test", "Aus", "Aus bus"),
        ("Q4", "test", "Xus", "Xus yus"),
        ("U1", "test_unseen", "Aus", "Aus dus"),
        ("U2", "test_unseen", "Zus", "Zus eus"),
        ("U3", "test_unseen", None, None),
    ]
)


def rows_of(
    split: str, level: str, predicted: list[tuple[str, str, str | None, str | None]]
) -> list[dict]:
    """The plain and the balanced accuracy."""
    answers = Answers({"model": "m"}, table(predicted))
    return accuracy_rows([answers], SEQUENCES).filter(split=split, level=level).to_dicts()


def test_classes_count_alike_in_balanced_accuracy():
    found = [
        ("Q1", "test", "Aus", "Aus bus"),
        ("Q2", "test", "Aus", "Aus bus"),
        ("Q3", "test", "Xus", "Xus yus"),
        ("Q4", "test", "Aus", "Aus bus"),
    ]
    plain, balanced = rows_of("test", "species", found)
    assert (plain["metric"], plain["level"], plain["value"]) == ("accuracy", "species", 50.0)
    assert balanced["value"] == pytest.approx(100 * (2 / 3 + 0) / 2, abs=0.01)
    assert balanced["low"] < balanced["value"] < balanced["high"]
    assert plain["low"] < 50 < plain["high"]


def test_a_genus_that_no_key_has_counts_as_wrong_and_is_counted():
    found = [
        ("U1", "test_unseen", "Aus", "Aus bus"),
        ("U2", "test_unseen", "Aus", "Aus bus"),
        ("U3", "test_unseen", "Aus", "Aus bus"),
    ]
    plain, _ = rows_of("test_unseen", "genus", found)
    assert (plain["level"], plain["value"]) == ("genus", 50.0)
    assert (plain["queries"], plain["without_label"], plain["without_key"]) == (2, 1, 1)


def test_no_answer_is_a_wrong_one():
    plain, _ = rows_of("test", "species", [("Q1", "test", "Aus", "Aus bus")])
    assert (plain["value"], plain["queries"]) == (25.0, 4)


def test_there_is_no_interval_without_a_sample():
    assert balanced_interval(pl.Series([], dtype=pl.Float64), 0) == (None, None)


def test_the_interval_of_balanced_accuracy_is_that_of_a_bootstrap_over_species():
    shares = np.random.default_rng(0).choice([0, 0.5, 0.75, 1], 400, p=[0.1, 0.2, 0.3, 0.4])
    expected = bootstrap((shares,), np.mean, rng=1).confidence_interval
    found = balanced_interval(pl.Series(shares), 4000)
    assert found == pytest.approx((expected.low, expected.high), abs=0.005)


def test_where_all_species_are_right_the_interval_is_as_wide_as_few_species_allow():
    assert balanced_interval(pl.Series([1.0] * 5), 500) == wilson_interval(1, 5)
    # One barcode of each species: the interval of the plain accuracy.
    one_each = pl.Series([1.0] * 7 + [0.0] * 3)
    assert balanced_interval(one_each, 10) == pytest.approx(wilson_interval(0.7, 10), abs=0.03)


EVALUATION = {"table": "models", "encoder": "8-4-4", "evaluation": "1nn_probe", "pooling": "masked"}


def test_the_tokens_of_the_paper_are_counted():
    pretrain = {"k": 8, "layers": 4, "heads": 4, "hidden_size": 768}
    facts = describe(EVALUATION, {"dna": "barcodebert", "pretrain": pretrain}, 35, 2_325_132, 768)
    # 5M Table 4 prints 7 B: 2,325,132 × 35 × 82.
    assert facts["tokens_seen"] == "7 B"
    assert (facts["model"], facts["ssl_pretraining"]) == ("Ours (8-4-4)", "DNA barcodes")
    assert (facts["k"], facts["layers"], facts["heads"], facts["dimension"]) == (8, 4, 4, 768)


def test_an_encoder_that_is_not_pretrained_has_seen_nothing():
    pretrain = {"k": 4, "layers": 1, "heads": 1, "hidden_size": 8}
    given = {"dna": "barcodebert", "pretrain": pretrain}
    facts = describe({**EVALUATION, "encoder": "random"}, given, 0, 1000, 8)
    assert (facts["model"], facts["ssl_pretraining"], facts["tokens_seen"]) == (
        "random",
        None,
        None,
    )


def test_each_table_has_the_splits_and_ranks_that_the_paper_evaluates():
    found = table([("Q1", "test", "Aus", "Aus bus"), ("U1", "test_unseen", "Aus", "Aus bus")])
    given = {"dna": "cnn"}
    answers = [
        Answers({"recipe": None, **describe(row, given, None, 0, 500)}, found)
        for which in ("models", "search")
        for evaluation in ("fine_tuned", "1nn_probe", "blast")
        for row in [{**EVALUATION, "table": which, "evaluation": evaluation}]
    ]
    accuracy = accuracy_rows(answers, SEQUENCES)
    cells = ["evaluation", "level", "split"]
    assert table4(accuracy).select(cells).unique(maintain_order=True).rows() == [
        ("fine_tuned", "species", "test"),
        ("1nn_probe", "genus", "test_unseen"),
        ("blast", "species", "test"),
        ("blast", "genus", "test_unseen"),
    ]
    assert tableA15(accuracy).select(cells).unique(maintain_order=True).rows() == [
        ("fine_tuned", "species", "val"),
        ("1nn_probe", "genus", "val_unseen"),
        ("blast", "species", "val"),
        ("blast", "genus", "val_unseen"),
    ]
