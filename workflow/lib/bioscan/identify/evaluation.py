"""How good answers to queries of known labels are: those of witnesses, and their lineage."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from bioscan.core.intervals import wilson_interval
from bioscan.core.records import RANKS
from bioscan.identify.evidence import ANSWER_SCHEMA
from bioscan.identify.lineages import Statement, Taxonomy, decide, looks_at

#: Bins of the expected calibration error, of equal width.
BINS = 10

#: The name of the decision among the witnesses.
LINEAGE = "lineage"

#: Of `tabulate_calibration`; all from `error_before` on in percent.
TABLE_SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "rank": pl.String(),
    "fitted": pl.Boolean(),
    "queries": pl.Int64(),
    **dict.fromkeys(("error_before", "error_after", "named", "right"), pl.Float64()),
    **dict.fromkeys(("low", "high", "nominal", "wrong", "excluded"), pl.Float64()),
}


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
    """How well probabilities are calibrated, and how many names are right, by kind of query.

    Args:
        known: ANSWER_SCHEMA, also of queries without an answer; `support` is the probability before
            calibration. With `excluded`: whether the true label is ruled out.
        confidence: the probability from which a label is given.

    Returns:
        One row per kind and rank: kind, rank, fitted (whether the calibration was trained on it),
        queries whose label is known; error_before and error_after, the expected calibration error
        of their answers; named, percent of the queries whose answer reaches the confidence; right,
        percent of the named, with its 95 % interval, low and high, which should hold nominal, the
        confidence, or more; wrong, percent of the queries that get a wrong name; excluded, percent
        of those whose true label is ruled out.
    """
    rows = []
    asked = known.filter(pl.col("truth").is_not_null())
    for (kind, rank), answers in asked.group_by("kind", "rank", maintain_order=True):
        answered = answers.drop_nulls("probability")
        right = answered["right"].to_numpy().astype(bool)
        errors: list[float | None] = [None, None]
        if right.size:
            errors = [
                expected_calibration_error(answered[name].to_numpy(), right)
                for name in ("support", "probability")
            ]
        named = answered["probability"].to_numpy() >= confidence
        share = float(right[named].mean()) if named.any() else None
        values = [
            *errors,
            named.sum() / answers.height,
            share,
            *wilson_interval(share, int(named.sum())),
            confidence,
            (named & ~right).sum() / answers.height,
            answers["excluded"].mean() if "excluded" in answers.columns else None,
        ]
        percents = (None if value is None else round(100 * value, 2) + 0.0 for value in values)
        rows.append((kind, rank, str(kind).startswith("val"), answers.height, *percents))
    table = pl.DataFrame(rows, TABLE_SCHEMA, orient="row")
    depth = pl.col("rank").cast(pl.Enum(RANKS))
    return table.sort(depth, maintain_order=True)


def decided(
    known: Mapping[str, pl.DataFrame], taxonomy: Taxonomy, confidence: float
) -> pl.DataFrame:
    """The lineages that are decided for queries of known labels, as for specimens.

    Args:
        known: witness → ANSWER_SCHEMA. The queries are those that the first witness was asked; of
            one that another was not asked, that one says nothing.

    Returns:
        ANSWER_SCHEMA: label and probability are null where a rank is not decided; support is that
        of the witness that decides.
    """
    said: dict[tuple[str, str], list[Statement]] = {}
    supports: dict[tuple[str, str, str, str], float] = {}
    truths: dict[tuple[str, str], dict[str, str]] = {}
    first, *_ = known.values()
    asked = first.select("kind", "query").unique()
    for witness, answers in known.items():
        table = answers.join(asked, on=["kind", "query"], how="semi", maintain_order="left")
        columns = ("kind", "query", "rank", "label", "support", "probability", "truth")
        for kind, query, rank, label, support, probability, truth in table.select(
            columns
        ).iter_rows():
            statements = said.setdefault((kind, query), [])
            if truth is not None:
                truths.setdefault((kind, query), {})[rank] = truth
            if probability is None:
                continue
            statements.append(Statement(witness, looks_at(witness), rank, label, probability))
            supports[kind, query, witness, rank] = support
    rows = []
    for (kind, query), truth in truths.items():
        found = decide(said[kind, query], confidence, taxonomy)
        for rank, true in truth.items():
            label, probability = found.labels.get(rank), found.probabilities.get(rank)
            witness = found.witnesses.get(rank, "")
            # A parent that no witness names has the support of nothing but the label below it.
            support = supports.get((kind, query, witness, rank), probability)
            support = support if label else None
            rows.append((kind, query, rank, label, support, probability, true, label == true))
    return pl.DataFrame(rows, ANSWER_SCHEMA, orient="row")
