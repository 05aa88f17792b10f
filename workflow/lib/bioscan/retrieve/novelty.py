"""Whether the species of a query is a new one, from its nearest keys of seen species."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bioscan.retrieve.answers import TEMPERATURE
from bioscan.retrieve.scores import NOVELTY_SCHEMA

#: What the detector sees of a query's nearest keys.
FEATURES = ("similarity", "mean_similarity", "probability", "margin")

#: Keys whose similarity is averaged.
_AVERAGED = 5

#: Splits of queries that the detector is trained on → whether their species are new: validation
#: queries of seen species, and `other_heldout`, which has no seen and no unseen species (5M §4.1).
TRAINED_ON = {"val": False, "other_heldout": True}

#: Splits that it is evaluated on, likewise.
EVALUATED_ON = {"test": False, "test_unseen": True}

#: The share of known species that may be taken for new ones.
FALSE_ALARMS = 0.05


def describe_neighbours(nearest: pl.DataFrame, species: pl.DataFrame) -> pl.DataFrame:
    """What the nearest keys say about each query.

    Args:
        nearest: of `core.nearest.nearest_keys`, in keys of seen species.
        species: processid and species of the keys.

    Returns:
        query; similarity of the nearest key; the mean of the nearest five (mean_similarity); the
        greatest probability of a species, by a softmax over the nearest keys at the temperature of
        the loss (probability); and how much nearer the nearest species is than the second one
        (margin; than the farthest of the keys, if all are of one species).
    """
    named = nearest.join(
        species.select(pl.col("processid").alias("query_key"), "species"),
        left_on="key",
        right_on="query_key",
        how="left",
        maintain_order="left",
    )
    weight = ((pl.col("similarity") - pl.col("similarity").max().over("query")) / TEMPERATURE).exp()
    # In one order, as a sum of floats depends on it.
    by_species = (
        named.with_columns(weight.alias("weight"))
        .group_by("query", "species", maintain_order=True)
        .agg(pl.col("weight").sum(), pl.col("similarity").max())
        .group_by("query", maintain_order=True)
        .agg(
            (pl.col("weight").max() / pl.col("weight").sum()).alias("probability"),
            _largest(2).alias("best"),
        )
    )
    of_query = nearest.group_by("query", maintain_order=True).agg(
        pl.col("similarity").max(),
        _largest(_AVERAGED).mean().alias("mean_similarity"),
        pl.col("similarity").min().alias("farthest"),
    )
    second = pl.coalesce(pl.col("best").list.get(1, null_on_oob=True), "farthest")
    return (
        of_query.join(by_species, on="query", how="left", maintain_order="left")
        .with_columns((pl.col("best").list.first() - second).alias("margin"))
        .select("query", *FEATURES)
    )


def _largest(number: int) -> pl.Expr:
    # In their order: polars' top_k gives them in any, on which the last digit of a mean depends.
    return pl.col("similarity").sort(descending=True).head(number)


def score_novelty(queries: pl.DataFrame, described: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """How well queries of unseen species are told from those of seen ones, by several scores.

    - `nearest`: the distance to the nearest key (of `both`, the mean of both distances);
    - `softmax`: 1 - the greatest probability of a species (likewise);
    - `trained`: a logistic regression of `FEATURES`, trained on `TRAINED_ON` alone.

    The threshold of each score is the one that FALSE_ALARMS of the validation queries of seen
    species exceed. No unseen species has part in the training or in the threshold.

    Args:
        queries: processid and split.
        described: `image` or `dna` → of `describe_neighbours`.

    Returns:
        NOVELTY_SCHEMA, one row per modality, or `both` (queries that have both), and score: AUROC
        of `EVALUATED_ON`; percent of the unseen queries above the threshold (found), and of the
        seen ones (false_alarms); numbers of queries of both kinds and of those of `other_heldout`.
        Values are null where one of both kinds has no query, or is not trained on.
    """
    sets = {name: (name,) for name in described}
    if len(described) > 1:
        sets["both"] = tuple(described)
    rows = []
    for by, names in sets.items():
        table = queries.select("processid", "split")
        for name in names:
            renamed = {feature: f"{name}_{feature}" for feature in FEATURES}
            found = described[name].rename({"query": "processid", **renamed})
            table = table.join(found, on="processid", maintain_order="left")
        for score, values in _scores(table, names).items():
            rows.append({"by": by, "score": score, **_evaluated(table, values)})
    return pl.DataFrame(rows, NOVELTY_SCHEMA)


def _scores(table: pl.DataFrame, names: tuple[str, ...]) -> dict[str, np.ndarray | None]:
    """Scores of all queries; the greater, the more likely the species is new."""

    def mean(feature: str) -> np.ndarray:
        return np.mean([table[f"{name}_{feature}"].to_numpy() for name in names], axis=0)

    features = table.select(f"{name}_{feature}" for name in names for feature in FEATURES)
    trained = None
    split = table["split"]
    chosen = split.is_in(list(TRAINED_ON)).to_numpy()
    target = split.filter(chosen).replace_strict(TRAINED_ON, return_dtype=pl.Boolean).to_numpy()
    if np.unique(target).size == 2:
        detector = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
        detector.fit(features.to_numpy()[chosen], target)
        trained = detector.decision_function(features.to_numpy())
    return {
        "nearest": 1 - mean("similarity"),
        "softmax": 1 - mean("probability"),
        "trained": trained,
    }


def _evaluated(table: pl.DataFrame, values: np.ndarray | None) -> dict[str, float | int | None]:
    split = table["split"]
    masks = {name: (split == name).to_numpy() for name in (*TRAINED_ON, *EVALUATED_ON)}
    counts = {
        "seen": int(masks["test"].sum()),
        "unseen": int(masks["test_unseen"].sum()),
        "heldout": int(masks["other_heldout"].sum()),
    }
    if values is None or not (counts["seen"] and counts["unseen"]):
        return dict.fromkeys(("auroc", "found", "false_alarms")) | counts
    seen, unseen = values[masks["test"]], values[masks["test_unseen"]]
    target = np.repeat([False, True], [seen.size, unseen.size])
    rates: dict[str, float | None] = {"found": None, "false_alarms": None}
    if masks["val"].any():
        threshold = np.quantile(values[masks["val"]], 1 - FALSE_ALARMS)
        rates = {
            "found": 100 * float((unseen > threshold).mean()),
            "false_alarms": 100 * float((seen > threshold).mean()),
        }
    return {"auroc": float(roc_auc_score(target, np.concatenate([seen, unseen])))} | rates | counts
