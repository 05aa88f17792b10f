"""Calibrated probabilities."""

import json

import numpy as np
import polars as pl
import pytest

from bioscan.core.records import RANKS
from bioscan.identify.calibration import (
    WHOLE,
    calibrate_known,
    calibrated,
    expected_calibration_error,
    fit_calibration,
    read_calibration,
    tabulate_calibration,
    with_truth,
)


def answers(distance: np.ndarray, right: np.ndarray, rank: str = "species") -> pl.DataFrame:
    """Answers at a rank, one per query."""
    count = len(distance)
    return pl.DataFrame(
        {
            "query": [f"q{number}" for number in range(count)],
            "rank": [rank] * count,
            "label": ["Aus bus"] * count,
            "support": [1.0] * count,
            "distance": distance,
            "gap": [1.0] * count,
            "letters": [WHOLE] * count,
            "right": right,
        }
    )


def near_and_far(count: int, seed: int) -> pl.DataFrame:
    """Near answers are right, far ones wrong, and between them both are."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(0, 0.1, count)
    return answers(distance, rng.random(count) < np.clip(1.5 - 20 * distance, 0, 1))


def test_probabilities_are_those_of_other_answers():
    fitted = fit_calibration(near_and_far(600, 0))
    other = calibrated(near_and_far(600, 1), fitted)
    right, probability = other["right"].to_numpy(), other["probability"].to_numpy()
    assert expected_calibration_error(probability, right) < 0.1
    assert expected_calibration_error(np.ones(600), right) > 0.3
    nearest = other.sort("distance")["probability"]
    assert nearest[0] > 0.95 and nearest[-1] < 0.05


def test_where_all_answers_are_right_some_doubt_is_left():
    fitted = fit_calibration(answers(np.full(18, 0.01), np.ones(18, bool)))
    probability = calibrated(answers(np.array([0.3]), np.ones(1, bool)), fitted)["probability"]
    assert probability.to_list() == pytest.approx([1 - 3 / 18])  # the rule of three
    many = fit_calibration(answers(np.full(998, 0.01), np.ones(998, bool)))
    assert calibrated(answers(np.zeros(1), np.ones(1, bool)), many)["probability"][0] > 0.995


def test_a_rank_without_known_answers_is_never_sure():
    fitted = fit_calibration(answers(np.full(18, 0.01), np.ones(18, bool)))
    genus = answers(np.array([0.0]), np.ones(1, bool), "genus")
    assert calibrated(genus, fitted)["probability"].to_list() == [0]


def test_probabilities_never_rise_from_the_root_down():
    fitted = {
        "genus": {"intercept": -1.0, "answers": 100},
        "species": {"intercept": 3.0, "answers": 100},
    }
    rows = pl.concat([answers(np.array([0.0]), np.ones(1, bool), r) for r in ("genus", "species")])
    probability = calibrated(rows, fitted)["probability"]
    assert probability[0] == probability[1] < 0.5


def test_coefficients_are_the_same_from_json(tmp_path):
    fitted = fit_calibration(near_and_far(60, 0))
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(fitted))
    table = near_and_far(20, 1)
    assert calibrated(table, read_calibration(path)).equals(calibrated(table, fitted))


def test_truth_is_compared_where_it_is_known():
    known = {rank: [None, None] for rank in RANKS} | {"species": ["Aus bus", None]}
    truth = pl.DataFrame({"processid": ["q0", "q1"], **known}).cast(dict.fromkeys(RANKS, pl.String))
    table = answers(np.zeros(2), np.ones(2, bool)).drop("right")
    assert with_truth(table, truth).select("query", "right").rows() == [("q0", True)]


def test_validation_queries_alone_are_trained_on():
    known = near_and_far(200, 0).with_columns(kind=pl.lit("val"))
    others = near_and_far(50, 1).with_columns(kind=pl.lit("test"))
    fitted, given = calibrate_known(pl.concat([known, others]))
    assert fitted == fit_calibration(known)
    assert given["kind"].value_counts(sort=True).rows() == [("val", 200), ("test", 50)]


def test_the_calibration_error_is_the_distance_from_the_share_that_is_right():
    probability = np.array([0.95, 0.95, 0.95, 0.95, 0.25, 0.25])
    right = np.array([True, True, True, False, False, False])
    expected = (4 * abs(0.95 - 0.75) + 2 * 0.25) / 6
    assert expected_calibration_error(probability, right) == pytest.approx(expected)


def test_the_table_counts_labels_that_are_given_and_their_coverage():
    table = answers(np.zeros(4), np.array([True, True, False, False])).with_columns(
        pl.Series("probability", [0.99, 0.5, 0.97, 0.1]), kind=pl.lit("test")
    )
    row = tabulate_calibration(table, 0.95).row(0, named=True)
    assert (row["answers"], row["named"], row["right"], row["wrong"]) == (4, 50, 25, 25)
    assert (row["coverage"], row["nominal"]) == (75, 95)
    assert row["low"] < 75 < row["high"]
