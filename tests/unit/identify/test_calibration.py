"""Calibrated probabilities."""

import json

import numpy as np
import polars as pl
import pytest

from bioscan.core.records import RANKS
from bioscan.identify.barcodes import WHOLE
from bioscan.identify.calibration import (
    calibrate_known,
    calibrated,
    fit_calibration,
    read_calibration,
    with_truth,
)
from bioscan.identify.evaluation import expected_calibration_error


def answers(
    distance: np.ndarray, right: np.ndarray, rank: str = "species", new: str | None = None
) -> pl.DataFrame:
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
            "aligned": [WHOLE] * count,
            "truth": ["Aus bus" if one else "Aus cus" for one in right],
            "right": right,
            "new": pl.Series([new] * count, dtype=pl.String),
        }
    )


def near_and_far(count: int, seed: int) -> pl.DataFrame:
    """Near answers are right, far ones wrong, and between them both are."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(0, 0.1, count)
    return answers(distance, rng.random(count) < np.clip(1.5 - 20 * distance, 0, 1))


def constant(probability: float, answers: int = 10_000, farthest: float = 1.0) -> dict:
    """A calibration of one probability whatever the distance."""
    return {
        "mean": [0.0] * 4,
        "scale": [1.0] * 4,
        "coefficients": [0.0] * 4,
        "intercept": float(np.log(probability / (1 - probability))),
        "answers": answers,
        "farthest": farthest,
    }


def at_ranks(*ranks: str, distance: float = 0.0) -> pl.DataFrame:
    """An answer of one query at each rank."""
    parts = [answers(np.array([distance]), np.ones(1, bool), rank) for rank in ranks]
    return pl.concat(parts)


def test_probabilities_are_those_of_other_answers():
    fitted = fit_calibration(near_and_far(600, 0))
    other = calibrated(near_and_far(600, 1), fitted)
    right, probability = other["right"].to_numpy(), other["probability"].to_numpy()
    assert expected_calibration_error(probability, right) < 0.1
    assert expected_calibration_error(np.ones(600), right) > 0.3
    nearest = other.sort("distance")["probability"]
    assert nearest[0] > 0.95 and nearest[-1] < 0.05


def test_nothing_is_learnt_where_all_answers_are_right_or_all_wrong():
    for right in (True, False):
        assert fit_calibration(answers(np.full(18, 0.01), np.full(18, right))) == {}


def test_a_rank_that_is_not_calibrated_is_as_sure_as_those_below_it():
    """The only order of the references: that a barcode is of it follows from the family alone."""
    rows = at_ranks("order", "family", "genus")
    found = calibrated(rows, {"family": constant(0.9)})
    assert dict(found.select("rank", "probability").iter_rows()) == {
        "order": pytest.approx(0.9),
        "family": pytest.approx(0.9),
    }


def test_a_rank_of_few_answers_does_not_lower_those_below_it():
    """Of 12 answers, 0.75 is the largest probability that they can tell."""
    rows = at_ranks("family", "subfamily", "genus")
    fitted = {
        "family": constant(0.99),
        "subfamily": constant(0.99, answers=12),
        "genus": constant(0.97),
    }
    assert calibrated(rows, fitted)["probability"].to_list() == pytest.approx([0.99, 0.97, 0.97])
    assert calibrated(rows[1:2], fitted)["probability"].to_list() == pytest.approx([0.75])


def test_beyond_all_that_was_right_nothing_is_sure():
    fitted = {"order": constant(0.99, farthest=0.2)}
    assert calibrated(at_ranks("order", distance=0.2), fitted)["probability"][0] > 0.98
    assert calibrated(at_ranks("order", distance=0.21), fitted)["probability"][0] == 0


def test_a_query_that_is_asked_often_counts_once():
    known = near_and_far(20, 0)
    often = pl.concat([known] * 5)
    once, five = fit_calibration(known)["species"], fit_calibration(often)["species"]
    assert five["answers"] == once["answers"] == 20
    assert five["coefficients"] == pytest.approx(once["coefficients"], abs=1e-3)
    assert five["intercept"] == pytest.approx(once["intercept"], abs=1e-3)


@pytest.mark.parametrize("counts", [(40, 40), (400, 40), (40, 400)])
def test_known_and_new_species_weigh_what_is_stated_however_many_there_are(counts):
    """At one distance, half of the known are right and no new ones: 1/2 · 3/4 of 15/16."""
    known = answers(np.full(counts[0], 0.02), np.arange(counts[0]) % 2 == 0)
    new = answers(np.full(counts[1], 0.02), np.zeros(counts[1], bool), new="species")
    new = new.with_columns(pl.col("query") + "n")
    fitted = fit_calibration(pl.concat([known, new]))
    probability = calibrated(known[:1], fitted)["probability"][0]
    assert probability == pytest.approx(0.4, abs=0.02)


def test_coefficients_are_the_same_from_json(tmp_path):
    fitted = fit_calibration(near_and_far(60, 0))
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(fitted))
    table = near_and_far(20, 1)
    assert calibrated(table, read_calibration(path)).equals(calibrated(table, fitted))


def lineages(**species: str | None) -> pl.DataFrame:
    """Records of (genus and) species."""
    rows = [
        {"processid": name, "genus": label.split(" ")[0] if label else None, "species": label}
        for name, label in species.items()
    ]
    schema = {"processid": pl.String, **dict.fromkeys(RANKS, pl.String)}
    return pl.DataFrame(rows, schema)


def test_truth_is_beside_each_answer_and_what_has_none():
    evidence = answers(np.zeros(2), np.ones(2, bool)).drop("truth", "right", "new")
    truth = lineages(q0="Aus bus", q1=None, q2="Aus dus", q3="Xus yus")
    found = with_truth(evidence, truth, lineages(k0="Aus bus", k1="Aus cus"))
    species = found.filter(rank="species").select("query", "label", "right", "new")
    assert species.rows() == [
        ("q0", "Aus bus", True, None),
        ("q1", "Aus bus", None, None),
        ("q2", None, False, "species"),
        ("q3", None, False, "genus"),
    ]


def test_validation_queries_alone_are_trained_on():
    known = near_and_far(200, 0).with_columns(kind=pl.lit("val"))
    others = near_and_far(50, 1).with_columns(kind=pl.lit("test"))
    unanswered = others[:3].with_columns(
        pl.lit("none").alias("query"), pl.lit(None, pl.String).alias("label"), right=False
    )
    fitted, given = calibrate_known(pl.concat([known, others, unanswered]))
    assert fitted == fit_calibration(known)
    assert given["kind"].value_counts(sort=True).rows() == [("val", 200), ("test", 53)]
    assert given.filter(query="none")["probability"].null_count() == 3
    assert given["probability"].count() == 250
