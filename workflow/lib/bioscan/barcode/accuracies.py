"""Accuracy of DNA models by rank, by distance to the nearest key, and by length of the query."""

from collections.abc import Iterable

import polars as pl

from bioscan.barcode.tables import Answers, accuracy_rows

#: The splits that are drawn: known species, and unseen ones.
SPLITS = ("test", "test_unseen")

#: Upper ends of the intervals of distance, in percent of letters that differ, and their names. Two
#: and three percent are what biologists take for the bound of a species.
DISTANCES = {0.0: "0", 0.5: "0.5", 1.0: "1", 2.0: "2", 3.0: "3", 5.0: "5", 8.0: "8", 12.0: "12"}
FARTHER = "> 12"

#: Lengths at which queries are cut, in nucleotides; the last is that of a whole barcode.
LENGTHS = (300, 400, 500, 658)

#: Columns that say which answers an accuracy is of, and the accuracy itself.
SERIES = ("model", "encoder", "evaluation", "pooling", "recipe")
CELLS = ("level", "split", "value", "low", "high", "queries", "without_label", "without_key")


def by_rank(accuracy: pl.DataFrame) -> pl.DataFrame:
    """Plain accuracy at every rank.

    Args:
        accuracy: of `accuracy_rows`.

    Returns:
        SERIES and CELLS, value, low and high in percent.
    """
    chosen = _plain(accuracy.filter(pl.col("table") == "models"))
    return chosen.select(*SERIES, *CELLS)


def by_distance(
    answers: Iterable[Answers], sequences: pl.DataFrame, exact: pl.DataFrame
) -> pl.DataFrame:
    """Plain accuracy of the queries at each distance to their nearest key.

    Args:
        answers: of the models of Table 4, and of searches.
        sequences: barcode/sequences.parquet.
        exact: the answers of the exact search, whose keys are the nearest. A query that aligns to
            none is farther than all others.

    Returns:
        SERIES, distance (the upper end of the interval, percent, or FARTHER) and CELLS.
    """
    given = list(answers)
    keys = sequences.filter(split="train")
    queries = sequences.filter(pl.col("split").is_in(SPLITS)).join(
        exact.select("processid", "identity"), on="processid", how="left", validate="1:1"
    )
    # Rounded, as shares of letters are no whole percents.
    apart = (100 * (1 - pl.col("identity"))).round(6)
    name = pl.coalesce(
        *(pl.when(apart <= end).then(pl.lit(text)) for end, text in DISTANCES.items()),
        pl.lit(FARTHER),
    )
    near = queries.with_columns(name.alias("distance"))
    rows = []
    for text in (*DISTANCES.values(), FARTHER):
        here = near.filter(distance=text).select(keys.columns)
        found = _plain(accuracy_rows(given, pl.concat([keys, here])))
        rows.append(found.with_columns(pl.lit(text).alias("distance")))
    return pl.concat(rows, how="vertical_relaxed").select(*SERIES, "distance", *CELLS)


def by_length(shortened: pl.DataFrame, sequences: pl.DataFrame) -> pl.DataFrame:
    """Plain accuracy of a search at each length of the queries, and how well it sees novelty.

    Args:
        shortened: `length` and the columns of `answer_by_nearest`; of queries without a key, rows
            without labels.
        sequences: barcode/sequences.parquet.

    Returns:
        length, metric and CELLS; `metric` is `accuracy`, or `novelty`: the probability, in percent,
        that a query of an unseen species is farther from all keys than one of a known species (the
        area under the ROC curve), without an interval.
    """
    keys = sequences.filter(split="train")
    tables, novelty = [], []
    for length in LENGTHS:
        found = shortened.filter(length=length)
        asked = sequences.join(found.select("processid"), on="processid", how="semi")
        accuracy = accuracy_rows([Answers({"length": length}, found)], pl.concat([keys, asked]))
        tables.append(_plain(accuracy).select("length", "metric", *CELLS))
        novelty.append(
            {
                "length": length,
                "metric": "novelty",
                "value": novelty_auroc(found),
                "queries": found.height,
            }
        )
    return pl.concat([*tables, pl.DataFrame(novelty)], how="diagonal_relaxed")


def novelty_auroc(found: pl.DataFrame) -> float | None:
    """The area under the ROC curve of the distance to the nearest key, percent.

    Args:
        found: split and identity of each query; null where it aligns to no key.

    Returns:
        The probability that a query of `test_unseen` is farther than one of `test`, ties half; null
        without both.
    """
    distance = 1 - pl.col("identity").fill_null(0)
    ranked = found.select("split", distance.rank("average").alias("place"))
    unseen, known = (ranked.filter(split=name)["place"] for name in ("test_unseen", "test"))
    if unseen.is_empty() or known.is_empty():
        return None
    wins = unseen.sum() - len(unseen) * (len(unseen) + 1) / 2
    return round(100 * wins / (len(unseen) * len(known)), 2)


def _plain(accuracy: pl.DataFrame) -> pl.DataFrame:
    return accuracy.filter(pl.col("metric") == "accuracy", pl.col("split").is_in(SPLITS))
