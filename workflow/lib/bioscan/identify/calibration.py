"""Calibrated probabilities: how often an answer at a rank is right.

At each rank a logistic regression turns the distance to the nearest reference, and how much farther
the references of other labels are, into the probability that the label is right. It is trained on
queries whose labels are known, among them queries of taxa that no reference has, at every rank: so
the probability falls where a specimen may be of an unknown species, genus or family (as in PROTAX,
whose nodes have a branch for unknown taxa).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bioscan.core.intervals import wilson_interval
from bioscan.core.records import RANKS

#: Added to a distance before its logarithm is taken: about one letter of a barcode.
_ONE_LETTER = 0.002

#: Letters of a whole barcode.
WHOLE = 658

#: Bins of the expected calibration error, of equal width.
BINS = 10

#: Of `tabulate_calibration`; all from `error_before` on in percent.
TABLE_SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "rank": pl.String(),
    "answers": pl.Int64(),
    **dict.fromkeys(("error_before", "error_after", "named", "right", "wrong"), pl.Float64()),
    **dict.fromkeys(("coverage", "low", "high", "nominal"), pl.Float64()),
}

#: Coefficients at a rank: those of the logistic regression, whose features are standardised by
#: `mean` and `scale`. Where all answers are right, or all wrong, only the intercept.
Calibration = Mapping[str, Mapping[str, Any]]


def with_truth(evidence: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Add `right`, and leave out the ranks at which the truth is unknown.

    Args:
        evidence: EVIDENCE_SCHEMA and any other columns.
        truth: processid and RANKS of the queries.
    """
    known = truth.unpivot(RANKS, index="processid", variable_name="rank", value_name="truth")
    joined = evidence.join(
        known.drop_nulls("truth").rename({"processid": "query"}),
        on=["query", "rank"],
        how="inner",
        maintain_order="left",
    )
    return joined.with_columns((pl.col("label") == pl.col("truth")).alias("right")).drop("truth")


def fit_calibration(evidence: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Train the regression of each rank.

    Args:
        evidence: of `with_truth`, with `letters` of the query.

    Returns:
        rank → coefficients, as JSON holds them; no entry for a rank without any answer.
    """
    found = {}
    for rank in RANKS:
        rows = evidence.filter(rank=rank)
        if rows.is_empty():
            continue
        right, features = rows["right"].to_numpy(), _features(rows)
        if np.unique(right).size < 2:
            # The share that Laplace's rule of succession expects.
            share = (right.sum() + 1) / (right.size + 2)
            found[rank] = {"intercept": float(np.log(share / (1 - share))), "answers": right.size}
            continue
        scaler = StandardScaler().fit(features)
        model = LogisticRegression(C=10).fit(scaler.transform(features), right)
        found[rank] = {
            "mean": scaler.mean_.tolist(),
            "scale": scaler.scale_.tolist(),
            "coefficients": model.coef_[0].tolist(),
            "intercept": float(model.intercept_[0]),
            "answers": right.size,
        }
    return found


def calibrated(evidence: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Add `probability` that the label is right, which never rises from the root down.

    It is never more than n known answers can tell: where none is wrong, as many as 3 in n may be,
    with a confidence of 95 % (the rule of three).

    Args:
        evidence: EVIDENCE_SCHEMA and `letters`, by query, then by rank from the root down.
        calibration: of `fit_calibration`. A rank that it lacks has probability 0.
    """
    logit, most = np.full(evidence.height, -np.inf), np.ones(evidence.height)
    ranks, features = evidence["rank"].to_numpy(), _features(evidence)
    for rank, fitted in calibration.items():
        rows = ranks == rank
        logit[rows] = fitted["intercept"]
        most[rows] = max(0, 1 - 3 / fitted["answers"])
        if "coefficients" in fitted:
            standard = (features[rows] - fitted["mean"]) / fitted["scale"]
            logit[rows] += standard @ np.array(fitted["coefficients"])
    probability = pl.Series("probability", np.minimum(most, 1 / (1 + np.exp(-logit))))
    return evidence.with_columns(probability).with_columns(
        pl.col("probability").cum_min().over("query")
    )


def _features(evidence: pl.DataFrame) -> np.ndarray:
    """(n, 4) distance, gap, length, and distance in short barcodes."""
    distance = np.log(evidence["distance"].to_numpy() + _ONE_LETTER)
    short = np.log(np.clip(evidence["letters"].to_numpy(), 1, WHOLE) / WHOLE)
    return np.column_stack([distance, evidence["gap"].to_numpy(), short, distance * short])


def calibrate_known(answers: pl.DataFrame) -> tuple[dict[str, dict[str, Any]], pl.DataFrame]:
    """Train on the answers to validation queries, and give all their probabilities.

    Args:
        answers: of `with_truth`, with `letters`, and `kind`, whose first word is the split.

    Returns:
        Of `fit_calibration`; and the answers: kind, query, rank, label,
        support, probability and right.
    """
    fitted = fit_calibration(answers.filter(pl.col("kind").str.starts_with("val")))
    # A query is asked in several kinds.
    parts = [calibrated(part, fitted) for _, part in answers.group_by("kind", maintain_order=True)]
    shown = ["kind", "query", "rank", "label", "support", "probability", "right"]
    return fitted, pl.concat(parts).select(shown)


def read_calibration(path: Path) -> Calibration:
    """The coefficients that `fit_calibration` gave, from their JSON file."""
    return json.loads(path.read_text())


def expected_calibration_error(probability: np.ndarray, right: np.ndarray) -> float:
    """The mean distance of probabilities from the share that is right, over bins (Naeini 2015).

    Args:
        probability, right: (n,) of each answer; n is at least 1.
    """
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    sums = [np.bincount(bins, values, BINS) for values in (probability, right)]
    return float(np.abs(sums[0] - sums[1]).sum() / count.sum())


def tabulate_calibration(known: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """How well probabilities are calibrated, and how many answers are right, by kind of query.

    Args:
        known: `kind`, `rank`, `support` (the probability before calibration), `probability` and
            `right`, one row per answer.
        confidence: the probability from which a label is given.

    Returns:
        One row per kind and rank: kind, rank, answers, error_before and error_after (expected
        calibration error, percent); named, right and wrong, percent of the answers that reach the
        confidence; coverage, percent whose label is not wrong, with its 95 % interval, low and
        high; nominal, the coverage that the confidence stands for.
    """
    rows = []
    for (kind, rank), answers in known.group_by("kind", "rank", maintain_order=True):
        right, probability = (answers[name].to_numpy() for name in ("right", "probability"))
        named = probability >= confidence
        covered = float(1 - (named & ~right).mean())
        errors = [
            expected_calibration_error(answers[name].to_numpy(), right)
            for name in ("support", "probability")
        ]
        shares = named.mean(), (named & right).mean(), (named & ~right).mean()
        values = [*errors, *shares, covered, *wilson_interval(covered, right.size), confidence]
        rows.append((kind, rank, right.size, *(round(100 * value, 2) for value in values)))
    table = pl.DataFrame(rows, TABLE_SCHEMA, orient="row")
    depth = pl.col("rank").cast(pl.Enum(RANKS))
    return table.sort(depth, maintain_order=True)
