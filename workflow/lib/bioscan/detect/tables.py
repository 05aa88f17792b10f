"""The detectors' figures as tables."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

#: The published measures by metric: 1M Table A5, 5M Table A7.
MEASURES = {"AP": "ap_75", "AR": "ar_50_95"}

#: What names a figure in the published tables.
KEYS = ["training_data", "val_set", "metric"]


def evaluated_detectors(
    metrics: Sequence[Path], judged: Sequence[tuple[str, list[str], list[str]]]
) -> pl.DataFrame:
    """One row a detector and group of annotated sets.

    Args:
        metrics: the JSON files of `evaluate_detections`.
        judged: the detector's name, its training sets, and the sets judged on, of each file.

    Returns:
        detector, training_data and val_set (names of sets, joined as the papers do), and the
        measures, which are fractions rounded to 3 places as the papers print them.
    """
    rows = [
        {
            "detector": name,
            "training_data": " + ".join(learnt) or None,
            "val_set": " + ".join(sets),
            **json.loads(path.read_text()),
        }
        for path, (name, learnt, sets) in zip(metrics, judged, strict=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.selectors.float().round(3))


def as_published(judged: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """The rows of a published table, with the values of this run's detectors.

    A detector is that of the row by its training data, and the first of those that share it: the
    options beside the published one come after it. Names are compared without their case, in which
    the two papers differ.

    Args:
        judged: the table of `evaluated_detectors`.
        published: KEYS and iou.

    Returns:
        KEYS, iou, value (null where this run has no such detector).
    """
    by_name = [pl.col(name).str.to_lowercase() for name in KEYS]
    values = (
        judged.unpivot(list(MEASURES.values()), index=KEYS[:2], variable_name="metric")
        .with_columns(pl.col("metric").replace({v: k for k, v in MEASURES.items()}))
        .with_columns(by_name)
        .unique(KEYS, keep="first", maintain_order=True)
    )
    rows = published.select(*KEYS, "iou")
    found = rows.with_columns(by_name).join(values, on=KEYS, how="left", maintain_order="left")
    return rows.with_columns(found["value"])
