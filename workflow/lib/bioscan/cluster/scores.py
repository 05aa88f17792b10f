"""How well clusters agree with labels: adjusted mutual information."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import adjusted_mutual_info_score

from bioscan.cluster.composition import NOISE
from bioscan.cluster.vectors import LABELS

#: Columns of the table of scores.
SCORES_SCHEMA: dict[str, pl.DataType] = {
    "space": pl.String(),
    "modality": pl.String(),
    "method": pl.String(),
    "variant": pl.String(),
    "split": pl.String(),
    "missing": pl.String(),
    "noise": pl.String(),
    "rank": pl.String(),
    "ami": pl.Float64(),
    "samples": pl.Int64(),
    "without_label": pl.Int64(),
    "clusters": pl.Int64(),
    "classes": pl.Int64(),
}

#: A missing label is one more class, as in the released code, or its sample is left out.
MISSING = ("class", "left_out")


def labels_of(labels: pl.Series) -> np.ndarray:
    """Labels as numbers, (n,); all that are missing are one more class."""
    return labels.rank("dense").fill_null(0).to_numpy().astype(np.int64)


def mutual_information(truth: np.ndarray, found: np.ndarray) -> float:
    """Adjusted mutual information in percent, by the arithmetic mean of the entropies.

    Args:
        truth: (n,) classes.
        found: (n,) clusters.
    """
    return 100 * float(adjusted_mutual_info_score(truth, found, average_method="arithmetic"))


def singletons(found: np.ndarray) -> np.ndarray:
    """Clusters with each sample of the noise in one of its own."""
    noise = found == NOISE
    alone = found.max(initial=-1) + 1 + np.arange(noise.sum())
    single = found.copy()
    single[noise] = alone
    return single


def number_of_clusters(found: np.ndarray) -> int:
    """Without the noise."""
    return len(np.unique(found[found != NOISE]))


def score(specimens: pl.DataFrame, found: np.ndarray) -> Iterator[dict[str, Any]]:
    """The agreement of clusters with the labels of each rank.

    Where there is noise, it counts as one class and as singletons. A rank at which no sample has a
    label has no rows.

    Args:
        specimens: `LABELS`.
        found: (n,) clusters; -1 is noise.

    Yields:
        missing, noise, rank, ami, samples, without_label (of them, or left out), clusters, classes.
    """
    readings = {None: found}
    if (found == NOISE).any():
        readings = {"one_class": found, "singletons": singletons(found)}
    for rank in LABELS:
        labels = specimens[rank]
        known = labels.is_not_null().to_numpy()
        if not known.any():
            continue
        truth = labels_of(labels)
        for missing in MISSING:
            kept = known if missing == "left_out" else np.ones(len(known), bool)
            for noise, clusters in readings.items():
                yield {
                    "missing": missing,
                    "noise": noise,
                    "rank": rank,
                    "ami": mutual_information(truth[kept], clusters[kept]),
                    "samples": int(kept.sum()),
                    "without_label": int((~known).sum()),
                    "clusters": number_of_clusters(found[kept]),
                    "classes": len(np.unique(truth[kept])),
                }


def score_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Scores as a table, SCORES_SCHEMA."""
    return pl.DataFrame(
        [{name: row.get(name) for name in SCORES_SCHEMA} for row in rows], SCORES_SCHEMA
    )
