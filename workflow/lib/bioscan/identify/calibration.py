"""Calibrated probabilities: how often an answer at a rank is right.

At each rank a logistic regression turns the distance to the nearest reference, and how much farther
the references of other labels are, into the probability that the label is right. It is trained on
queries whose labels are known, among them queries of taxa that no reference has, at every rank: so
the probability falls where a specimen may be of an unknown species, genus or family (as in PROTAX,
whose nodes have a branch for unknown taxa).

A probability is that of some mixture of known and unknown specimens, and of no other: it is stated,
`SHARES`, and the queries are weighed by it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bioscan.core.intervals import largest_share
from bioscan.core.records import RANKS
from bioscan.identify.barcodes import WHOLE
from bioscan.identify.evidence import ANSWER_SCHEMA

#: Added to a distance before its logarithm is taken: about one letter of a barcode.
_ONE_LETTER = 0.002

#: How new a specimen is: the first rank from the root down at which no reference is of its taxon →
#: a level, and the share of each level among the specimens that probabilities are made for. (Of the
#: test images of BIOSCAN-5M one in six is of an unseen species: 7,887 of 47,260.) With a quarter of
#: the share of new orders, one in six real barcodes of a new order got the name of another; with
#: four times as many, the order was left open for half of those of unseen species.
LEVELS = {
    **dict.fromkeys(("phylum", "class", "order"), "order"),
    "family": "family",
    **dict.fromkeys(("subfamily", "genus"), "genus"),
    "species": "species",
}
SHARES = {
    "known": 3 / 4,
    "species": 3 / 16,
    "genus": 1 / 32,
    "family": 1 / 64,
    "order": 1 / 64,
}

#: Coefficients at a rank: those of the logistic regression, whose features are standardised by
#: `mean` and `scale`; the number of queries (`answers`); and the distance of the `farthest` right
#: answer.
Calibration = Mapping[str, Mapping[str, Any]]


def with_truth(evidence: pl.DataFrame, truth: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Add the truth, also of queries and ranks that have no answer.

    Args:
        evidence: EVIDENCE_SCHEMA and any other columns.
        truth: processid and RANKS of the queries.
        keys: RANKS of the references.

    Returns:
        The columns of `evidence`, of which `label` is null without an answer; `truth`; `right`,
        null where the truth is unknown; and `new`, the first rank from the root down at which no
        reference is of the query's taxon, null where there is none. By query in the order of
        `truth`, then by rank.
    """
    new = pl.coalesce(
        pl.when(~pl.col(rank).is_in(keys[rank].drop_nulls().unique().implode()))
        .then(pl.lit(rank))
        .otherwise(None)
        for rank in RANKS
    )
    queries = truth.select(pl.col("processid").alias("query"), *RANKS).with_row_index("place")
    known = queries.with_columns(new.alias("new")).unpivot(
        RANKS, index=["place", "query", "new"], variable_name="rank", value_name="truth"
    )
    joined = known.join(evidence, on=["query", "rank"], how="left", maintain_order="left")
    right = (pl.col("label") == pl.col("truth")).fill_null(False)
    answered = pl.col("truth").is_not_null() | pl.col("label").is_not_null()
    return (
        joined.filter(answered)
        .with_columns(pl.when(pl.col("truth").is_not_null()).then(right).alias("right"))
        .sort("place", pl.col("rank").cast(pl.Enum(RANKS)))
        .select(*evidence.columns, "truth", "right", "new")
    )


def fit_calibration(answers: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Train the regression of each rank.

    Args:
        answers: of `with_truth`. A query that is asked several times counts as one.

    Returns:
        rank → coefficients, as JSON holds them; no entry for a rank at which all answers are
        right, or all wrong: it cannot be learnt there which are.
    """
    found = {}
    known = answers.filter(pl.col("label").is_not_null() & pl.col("right").is_not_null())
    for rank in RANKS:
        rows = known.filter(rank=rank)
        right = rows["right"].to_numpy().astype(bool)
        if np.unique(right).size < 2:
            continue
        features = _features(rows)
        scaler = StandardScaler().fit(features)
        model = LogisticRegression(C=10)
        model.fit(scaler.transform(features), right, sample_weight=_weights(rows))
        found[rank] = {
            "mean": scaler.mean_.tolist(),
            "scale": scaler.scale_.tolist(),
            "coefficients": model.coef_[0].tolist(),
            "intercept": float(model.intercept_[0]),
            "answers": rows["query"].n_unique(),
            "farthest": float(rows.filter("right")["distance"].max()),
        }
    return found


def _weights(rows: pl.DataFrame) -> np.ndarray:
    """Weights of answers at a rank: by SHARES; their sum is the number of queries."""
    level = pl.col("new").replace_strict(LEVELS, default="known", return_dtype=pl.String)
    weighed = rows.select("query", level.alias("level"))
    share = pl.col("level").replace_strict(SHARES, return_dtype=pl.Float64)
    rows_of_query = pl.len().over("level", "query")
    queries = pl.col("query").n_unique().over("level")
    weight = weighed.select((share / rows_of_query / queries).alias("w"))["w"].to_numpy()
    return weight * rows["query"].n_unique() / weight.sum()


def calibrated(evidence: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Add `probability` that the label is right.

    It is 0 beyond the distance of the farthest answer that was right, and never more than
    `largest_share`. A label that is right makes those above it right, so no rank is less probable
    than one below it; a rank that is not calibrated, as that of the only order of the references,
    is as probable as those below it make it.

    Args:
        evidence: EVIDENCE_SCHEMA, by query, then by rank from the root down.
        calibration: of `fit_calibration`.

    Returns:
        `evidence` down to the deepest rank that is calibrated.
    """
    deepest = max((RANKS.index(rank) for rank in calibration), default=-1)
    evidence = evidence.filter(pl.col("rank").is_in(list(RANKS[: deepest + 1])))
    probability = np.zeros(evidence.height)
    ranks, features = evidence["rank"].to_numpy(), _features(evidence)
    distance = evidence["distance"].to_numpy()
    for rank, fitted in calibration.items():
        rows = ranks == rank
        standard = (features[rows] - fitted["mean"]) / fitted["scale"]
        logit = fitted["intercept"] + standard @ np.array(fitted["coefficients"])
        found = np.minimum(largest_share(fitted["answers"]), 1 / (1 + np.exp(-logit)))
        probability[rows] = np.where(distance[rows] <= fitted["farthest"] + 1e-9, found, 0)
    raised = pl.col("probability").cum_max(reverse=True).over("query")
    return evidence.with_columns(pl.Series("probability", probability)).with_columns(raised)


def _features(evidence: pl.DataFrame) -> np.ndarray:
    """(n, 4) distance, gap, length, and distance in short barcodes."""
    distance = np.log(evidence["distance"].to_numpy() + _ONE_LETTER)
    aligned = evidence["aligned"].fill_null(WHOLE).to_numpy()
    short = np.log(np.clip(aligned, 1, WHOLE) / WHOLE)
    return np.column_stack([distance, evidence["gap"].to_numpy(), short, distance * short])


def calibrate_known(answers: pl.DataFrame) -> tuple[dict[str, dict[str, Any]], pl.DataFrame]:
    """Train on the answers to validation queries, and give all their probabilities.

    Args:
        answers: of `with_truth`, with `kind`, whose first word is the split.

    Returns:
        Of `fit_calibration`; and ANSWER_SCHEMA, also of what has no answer.
    """
    fitted = fit_calibration(answers.filter(pl.col("kind").str.starts_with("val")))
    given = answers.filter(pl.col("label").is_not_null())
    # A query is asked in several kinds.
    parts = [calibrated(part, fitted) for _, part in given.group_by("kind", maintain_order=True)]
    on = ["kind", "query", "rank"]
    empty = pl.DataFrame(schema={**dict.fromkeys(on, pl.String), "probability": pl.Float64})
    probabilities = pl.concat([empty, *(part.select(*on, "probability") for part in parts)])
    found = answers.join(probabilities, on=on, how="left", maintain_order="left")
    return fitted, found.select(*ANSWER_SCHEMA)


def read_calibration(path: Path) -> Calibration:
    """The coefficients that `fit_calibration` gave, from their JSON file."""
    return json.loads(path.read_text())
