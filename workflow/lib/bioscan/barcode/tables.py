"""How often species and genera are found: Tables 4 and A15 of BIOSCAN-5M."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

#: Names in the config → as the paper prints them.
PRINTED = {
    "cnn": "CNN baseline",
    "nucleotide_transformer": "NT",
    "dnabert2": "DNABERT-2",
    "dnaberts": "DNABERT-S",
    "hyenadna": "HyenaDNA",
    "barcodebert": "BarcodeBERT",
    "8-4-4": "Ours (8-4-4)",
    "blastn": "BLAST",
}

#: The rank that each split is evaluated at: known species, and known genera of unseen species.
RANK_OF_SPLIT = {"val": "species", "test": "species", "val_unseen": "genus", "test_unseen": "genus"}

#: Standard normal quantile of a two-sided interval of 95 %.
_Z = 1.959964


@dataclass(frozen=True)
class Answers:
    """The answers of one method to the queries of a split.

    Attributes:
        facts: columns of the table that say which method, model and protocol answered.
        split: of the queries.
        predictions: processid, split and the predicted label at each rank, null for none.
    """

    facts: Mapping[str, Any]
    split: str
    predictions: pl.DataFrame


def accuracy_rows(answers: Iterable[Answers], sequences: pl.DataFrame) -> pl.DataFrame:
    """Accuracy of each method, plain and class-balanced, in percent.

    A query is a distinct barcode. One without a true label at the rank is left out and counted; one
    whose true label no key has cannot be answered: it counts as wrong, and is counted.

    Args:
        sequences: barcode/sequences.parquet.

    Returns:
        The facts, level (the rank), split, metric (accuracy or class-balanced accuracy), value, low
        and high (Wilson's 95 % interval of the accuracy; null where it is balanced), queries,
        without_label and without_key.
    """
    rows = []
    for one in answers:
        rank = RANK_OF_SPLIT[one.split]
        asked = sequences.filter(split=one.split).select("processid", truth=rank)
        known = sequences.filter(split="train")[rank].drop_nulls().unique()
        found = one.predictions.select("processid", predicted=rank)
        joined = asked.drop_nulls("truth").join(found, on="processid", how="left", validate="1:1")
        right = joined.with_columns(
            (pl.col("truth") == pl.col("predicted")).fill_null(False).alias("right")
        )
        counts = {
            "queries": joined.height,
            "without_label": asked.height - joined.height,
            "without_key": joined.filter(~pl.col("truth").is_in(known.implode())).height,
        }
        shared = {**one.facts, "level": rank, "split": one.split}
        low, high = wilson_interval(int(right["right"].sum()), joined.height)
        balanced = right.group_by("truth").agg(pl.col("right").mean())["right"].mean()
        values = {
            "accuracy": (right["right"].mean(), low, high),
            "class-balanced accuracy": (balanced, None, None),
        }
        for metric, numbers in values.items():
            value, low, high = (None if n is None else round(100 * n, 2) for n in numbers)
            rows.append(
                {**shared, "metric": metric, "value": value, "low": low, "high": high, **counts}
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def wilson_interval(right: int, of: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share (Wilson 1927); nothing where there is no sample."""
    if not of:
        return None, None
    share, spread = right / of, _Z**2 / of
    centre = share + spread / 2
    half = _Z * ((share * (1 - share) + spread / 4) / of) ** 0.5
    return (centre - half) / (1 + spread), (centre + half) / (1 + spread)
