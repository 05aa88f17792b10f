"""How good answers are."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.intervals import wilson_interval
from bioscan.identify.evaluation import (
    decided,
    expected_calibration_error,
    tabulate_calibration,
)
from bioscan.identify.evidence import ANSWER_SCHEMA
from bioscan.identify.lineages import read_taxonomy
from tests.unit.identify.examples import FLY, LINEAGES


def test_the_calibration_error_is_the_distance_from_the_share_that_is_right():
    probability = np.array([0.95, 0.95, 0.95, 0.95, 0.25, 0.25])
    right = np.array([True, True, True, False, False, False])
    expected = (4 * abs(0.95 - 0.75) + 2 * 0.25) / 6
    assert expected_calibration_error(probability, right) == pytest.approx(expected)


def known(*rows: tuple[str, str, str | None, float | None, str | None]) -> pl.DataFrame:
    """ANSWER_SCHEMA, of (query, rank, label, probability, truth)."""
    table = [
        {
            **{"kind": "test", "query": query, "rank": rank, "label": label, "support": 1.0},
            **{"probability": probability, "truth": truth},
            "right": None if truth is None else label == truth,
        }
        for query, rank, label, probability, truth in rows
    ]
    return pl.DataFrame(table, ANSWER_SCHEMA)


FIVE = known(
    ("a", "species", "Aus bus", 0.99, "Aus bus"),
    ("b", "species", "Aus bus", 0.96, "Aus bus"),
    ("c", "species", "Aus bus", 0.97, "Aus cus"),
    ("d", "species", "Aus bus", 0.50, "Aus bus"),
    ("e", "species", None, None, "Aus bus"),
    ("f", "species", "Aus bus", 0.99, None),
)


def test_right_is_a_share_of_the_named_and_named_one_of_all_queries():
    """Three of five are named, two of the three are right; one aligns to nothing."""
    row = tabulate_calibration(FIVE, 0.95).row(0, named=True)
    assert (row["queries"], row["named"], row["nominal"]) == (5, 60, 95)
    assert row["right"] == pytest.approx(66.67)
    low, high = wilson_interval(2 / 3, 3)
    assert (row["low"], row["high"]) == pytest.approx((100 * low, 100 * high), abs=0.01)
    assert row["fitted"] is False


def test_where_nothing_is_named_nothing_is_right_or_wrong():
    row = tabulate_calibration(FIVE[3:5], 0.95).row(0, named=True)
    assert (row["named"], row["right"], row["low"], row["high"]) == (0, None, None, None)
    row = tabulate_calibration(FIVE[4:5], 0.95).row(0, named=True)
    assert (row["queries"], row["error_before"], row["error_after"]) == (1, None, None)


def test_queries_that_were_trained_on_are_marked():
    table = FIVE.with_columns(kind=pl.lit("val without genus"))
    assert tabulate_calibration(table, 0.95)["fitted"].to_list() == [True]


def test_labels_that_a_classifier_rules_out_although_true_are_counted():
    table = FIVE.with_columns(pl.Series("excluded", [True] + [False] * 5))
    assert tabulate_calibration(table, 0.95)["excluded"].to_list() == [20]
    assert tabulate_calibration(FIVE, 0.95)["excluded"].to_list() == [None]


def test_the_lineage_of_known_queries_is_decided_as_that_of_specimens():
    ranks = ("order", "family", "genus", "species")
    barcode = known(
        *(("a", rank, FLY[rank], p, FLY[rank]) for rank, p in zip(ranks, (0.99,) * 4, strict=True)),
        *(("b", rank, FLY[rank], p, FLY[rank]) for rank, p in zip(ranks, (0.5,) * 4, strict=True)),
    )
    other = dict.fromkeys(ranks, "other") | {"order": "Diptera", "family": "Sciaridae"}
    space = known(
        *(("a", rank, FLY[rank], 0.999, FLY[rank]) for rank in ranks),
        *(("b", rank, other[rank], 0.96, FLY[rank]) for rank in ranks),
    )
    found = decided({"barcode": barcode, "nearest images": space}, read_taxonomy([LINEAGES]), 0.95)
    given = {row["query"]: [] for row in found.iter_rows(named=True)}
    for row in found.iter_rows(named=True):
        given[row["query"]].append((row["rank"], row["probability"], row["right"]))
    assert given["a"] == [(rank, 0.99, True) for rank in ranks]
    # Not sure of any rank, the barcode leaves all but the species to the photograph.
    assert given["b"] == [
        ("order", 0.96, True),
        ("family", 0.96, True),
        ("genus", 0.96, False),
        ("species", None, False),
    ]
