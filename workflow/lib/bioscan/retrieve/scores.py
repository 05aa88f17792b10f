"""How often the nearest keys have the labels of the query (5M Tables 5 and A17)."""

from collections.abc import Iterable
from typing import Any, Literal

import polars as pl

from bioscan.core.records import SPECIES_SETS
from bioscan.core.texts import TEXT_RANKS

#: K of the top-K accuracies.
TOP = (1, 3, 5)

#: Splits of queries of seen species → those of unseen ones beside them.
UNSEEN_OF = {"val": "val_unseen", "test": "test_unseen"}

#: Queries without a label at a rank: left out there, and counted; or their missing label is a class
#: of its own, which a key without label answers rightly, as released.
MissingLabels = Literal["left_out", "released"]

#: The class of missing labels, as published.
_MISSING = "not_classified"

AVERAGES = ("micro", "macro")

SCORES_SCHEMA = {
    "level": pl.String(),
    "group": pl.String(),
    "split": pl.String(),
    "average": pl.String(),
    "top": pl.Int64(),
    "value": pl.Float64(),
    "queries": pl.Int64(),
    "classes": pl.Int64(),
    "without_label": pl.Int64(),
    "without_key": pl.Int64(),
}


#: The columns of `novelty.score_novelty`.
NOVELTY_SCHEMA = {
    "by": pl.String(),
    "score": pl.String(),
    "auroc": pl.Float64(),
    "found": pl.Float64(),
    "false_alarms": pl.Float64(),
    "seen": pl.Int64(),
    "unseen": pl.Int64(),
    "heldout": pl.Int64(),
}


def score_answers(
    queries: pl.DataFrame,
    answers: pl.DataFrame,
    known: pl.DataFrame,
    missing: MissingLabels,
    top: Iterable[int] = TOP,
) -> pl.DataFrame:
    """Top-K accuracy at each rank, of each split and as the harmonic mean of seen and unseen.

    A query is answered rightly within K if one of its first K answers has its label.

    - micro: the share of queries that are answered rightly;
    - macro: the mean over classes, each of weight 1, of the share of its queries that are answered
      rightly. The classes are the true labels that the queries of the split have at the rank: a
      label that is only answered, or that only keys have, is none.

    A query whose label no key has cannot be answered rightly: it is wrong, and counted. One without
    any answer is wrong too.

    Args:
        queries: processid, split and `TEXT_RANKS`, of all queries.
        answers: query, place (from 1) and `TEXT_RANKS`, null where an answer has no label.
        known: `TEXT_RANKS` of the keys.

    Returns:
        SCORES_SCHEMA: the rank (level), `seen`, `unseen` or `harmonic_mean` (group), split (of the
        harmonic mean both: "test+test_unseen"), average, K (top), accuracy in percent (value; null
        without any query), and counts of queries that are evaluated, of their classes, of those
        left out as they have no label, and of those evaluated whose label no key has (without_key).
    """
    if missing == "released":
        queries, answers, known = (
            table.with_columns(pl.col(rank).fill_null(_MISSING) for rank in TEXT_RANKS)
            for table in (queries, answers, known)
        )
    rows = []
    for rank in TEXT_RANKS:
        placed = _first_right(queries, answers, rank)
        unknown = ~pl.col("truth").is_in(known[rank].drop_nulls().unique().implode())
        for split in placed["split"].unique(maintain_order=True):
            asked = placed.filter(split=split)
            labelled = asked.drop_nulls("truth")
            counts = {
                "queries": labelled.height,
                "classes": labelled["truth"].n_unique(),
                "without_label": asked.height - labelled.height,
                "without_key": labelled.filter(unknown).height,
            }
            shared = {"level": rank, "group": SPECIES_SETS[split], "split": split}
            for k in top:
                right = labelled.select("truth", right=(pl.col("place") <= k).fill_null(False))
                # In one order, as a sum of floats depends on it.
                shares = right.group_by("truth", maintain_order=True).agg(pl.col("right").mean())
                values = {"micro": right["right"].mean(), "macro": shares["right"].mean()}
                for average in AVERAGES:
                    value = values[average]
                    percent = None if value is None else 100 * value
                    facts = {"average": average, "top": k, "value": percent}
                    rows.append(shared | facts | counts)
    return _with_harmonic_means(pl.DataFrame(rows, SCORES_SCHEMA))


def _first_right(queries: pl.DataFrame, answers: pl.DataFrame, rank: str) -> pl.DataFrame:
    """Each query's split, true label and the place of the first answer that has it."""
    asked = queries.select("processid", "split", truth=rank)
    found = answers.select("query", "place", said=rank).join(
        asked, left_on="query", right_on="processid"
    )
    right = found.filter(pl.col("said") == pl.col("truth"))
    places = right.group_by("query").agg(pl.col("place").min())
    return asked.join(
        places, left_on="processid", right_on="query", how="left", maintain_order="left"
    )


def harmonic_mean(seen: float | None, unseen: float | None) -> float | None:
    """Of two accuracies; 0 if one of them is, none if one is missing.

    >>> harmonic_mean(60.0, 30.0)
    40.0
    """
    if seen is None or unseen is None:
        return None
    return 2 * seen * unseen / (seen + unseen) if seen and unseen else 0.0


def _with_harmonic_means(scores: pl.DataFrame) -> pl.DataFrame:
    """A row more per level, average and K, where both splits have queries of their own."""
    rows: list[dict[str, Any]] = scores.to_dicts()
    keys = ("level", "average", "top")
    by_split = {(row["split"], *(row[key] for key in keys)): row for row in rows}
    for seen, unseen in UNSEEN_OF.items():
        for row in [row for row in rows if row["split"] == seen]:
            other = by_split.get((unseen, *(row[key] for key in keys)))
            if other is None:
                continue
            counts = ("queries", "classes", "without_label", "without_key")
            rows.append(
                {key: row[key] for key in keys}
                | {"group": "harmonic_mean", "split": f"{seen}+{unseen}"}
                | {"value": harmonic_mean(row["value"], other["value"])}
                | {count: row[count] + other[count] for count in counts}
            )
    return pl.DataFrame(rows, SCORES_SCHEMA)
