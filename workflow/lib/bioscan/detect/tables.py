"""The tables of the detectors' metrics."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

#: A metric as published (1M Table A5, 5M Table A7) → its key in `evaluate_detections`.
METRICS = {"AP": "ap_75", "AR": "ar_50_95"}

#: The columns that identify a value in the published tables.
KEYS = ["training_data", "val_set", "metric"]


def evaluated_detectors(
    metrics: Sequence[Path], evaluated: Sequence[tuple[str, list[str], list[str]]]
) -> pl.DataFrame:
    """One row per detector and group of annotated sets.

    Args:
        metrics: the JSON files of `evaluate_detections`.
        evaluated: for each file the detector's name, its training sets, and the sets that it is
            evaluated on.

    Returns:
        detector, training_data and val_set (names of sets, joined as the papers do), and the
        metrics, which are fractions rounded to 3 places as the papers print them.
    """
    rows = [
        {
            "detector": name,
            "training_data": " + ".join(training_sets) or None,
            "val_set": " + ".join(sets),
            **json.loads(path.read_text()),
        }
        for path, (name, training_sets, sets) in zip(metrics, evaluated, strict=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.selectors.float().round(3))


def published_rows(evaluated: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """The rows of a published table, with the values of this run's detectors.

    A row's detector is the first with the same training data: further options come after the
    published one. Names are compared without case, in which the two papers differ.

    Args:
        evaluated: the table of `evaluated_detectors`.
        published: KEYS and iou.

    Returns:
        KEYS, iou, value (null where this run has no such detector).
    """
    by_name = [pl.col(name).str.to_lowercase() for name in KEYS]
    values = (
        evaluated.unpivot(list(METRICS.values()), index=KEYS[:2], variable_name="metric")
        .with_columns(pl.col("metric").replace({v: k for k, v in METRICS.items()}))
        .with_columns(by_name)
        .unique(KEYS, keep="first", maintain_order=True)
    )
    rows = published.select(*KEYS, "iou")
    found = rows.with_columns(by_name).join(values, on=KEYS, how="left", maintain_order="left")
    return rows.with_columns(found["value"])
