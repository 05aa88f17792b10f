"""Accuracy of DNA models."""

import polars as pl
import pytest
from scipy.stats import binomtest

from bioscan.barcode.tables import Answers, accuracy_rows, wilson_interval
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


def rows_of(split: str, predicted: list[tuple[str, str, str | None, str | None]]) -> list[dict]:
    answers = Answers({"model": "m"}, split, table(predicted))
    return accuracy_rows([answers], SEQUENCES).to_dicts()


def test_classes_count_alike_in_balanced_accuracy():
    found = [
        ("Q1", "test", "Aus", "Aus bus"),
        ("Q2", "test", "Aus", "Aus bus"),
        ("Q3", "test", "Xus", "Xus yus"),
        ("Q4", "test", "Aus", "Aus bus"),
    ]
    plain, balanced = rows_of("test", found)
    assert (plain["metric"], plain["level"], plain["value"]) == ("accuracy", "species", 50.0)
    assert balanced["value"] == pytest.approx(100 * (2 / 3 + 0) / 2, abs=0.01)
    assert (balanced["low"], balanced["high"]) == (None, None)
    assert plain["low"] < 50 < plain["high"]


def test_a_genus_that_no_key_has_counts_as_wrong_and_is_counted():
    found = [
        ("U1", "test_unseen", "Aus", "Aus bus"),
        ("U2", "test_unseen", "Aus", "Aus bus"),
        ("U3", "test_unseen", "Aus", "Aus bus"),
    ]
    plain, _ = rows_of("test_unseen", found)
    assert (plain["level"], plain["value"]) == ("genus", 50.0)
    assert (plain["queries"], plain["without_label"], plain["without_key"]) == (2, 1, 1)


def test_no_answer_is_a_wrong_one():
    plain, _ = rows_of("test", [("Q1", "test", "Aus", "Aus bus")])
    assert (plain["value"], plain["queries"]) == (25.0, 4)


@pytest.mark.parametrize(("right", "of"), [(0, 10), (7, 10), (10, 10), (450, 500)])
def test_the_interval_is_that_of_scipy(right, of):
    expected = binomtest(right, of).proportion_ci(method="wilson")
    assert wilson_interval(right, of) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_there_is_no_interval_without_a_sample():
    assert wilson_interval(0, 0) == (None, None)
