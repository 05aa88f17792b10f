"""Boxes for a shard of photographs."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import polars as pl
import torch
from transformers import PreTrainedModel

from bioscan.core.images import BrokenImage, decode
from bioscan.detect.model import Scaling, detect, prepare

#: Columns of `boxes.parquet`: the tight box in pixels of the original, half open.
BOXES_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "width_original": pl.UInt32(),
    "height_original": pl.UInt32(),
    "x0": pl.Int32(),
    "y0": pl.Int32(),
    "x1": pl.Int32(),
    "y1": pl.Int32(),
    "score": pl.Float32(),
    "status": pl.Enum(["ok", "no_insect", "unreadable"]),
    "reason": pl.String(),
    "area_fraction": pl.Float64(),
    "scale_factor": pl.Float64(),
}


def predict_boxes(
    model: PreTrainedModel,
    index: pl.DataFrame,
    photographs: Iterable[tuple[str, bytes | BrokenImage]],
    *,
    scaling: Scaling,
    threshold: float,
    batch_size: int,
) -> pl.DataFrame:
    """One row a photograph: the highest-scoring box, or why there is none.

    A photograph whose best box scores `threshold` or less shows no insect and gets no box: the
    published tool cuts a crop out of empty wells, because its threshold filters nothing.

    Args:
        index: rows of the image index.
        photographs: their (processid, bytes) in the same order.

    Returns:
        BOXES_SCHEMA, in the order of the index.
    """
    rows: list[dict] = []
    prepared = _prepare_all(index, photographs, scaling)
    while batch := list(islice(prepared, batch_size)):
        readable = [tensor for _, tensor in batch if isinstance(tensor, torch.Tensor)]
        found = iter(zip(*detect(model, readable), strict=True)) if readable else iter(())
        for row, tensor in batch:
            if isinstance(tensor, BrokenImage):
                rows.append({**row, "status": "unreadable", "reason": str(tensor)})
            else:
                rows.append({**row, **_judge(row, *next(found), threshold)})
    return pl.DataFrame(rows, schema=BOXES_SCHEMA)


def _prepare_all(
    index: pl.DataFrame,
    photographs: Iterable[tuple[str, bytes | BrokenImage]],
    scaling: Scaling,
) -> Iterator[tuple[dict, torch.Tensor | BrokenImage]]:
    sizes = index.select("width", "height").iter_rows()
    for (processid, data), (width, height) in zip(photographs, sizes, strict=True):
        row = {"processid": processid, "width_original": width, "height_original": height}
        size = scaling.size(width, height)
        try:
            if isinstance(data, BrokenImage):
                raise data
            yield row, prepare(decode(data, min_size=size), size)
        except BrokenImage as reason:
            yield row, reason


def _judge(row: dict, box: np.ndarray, score: float, threshold: float) -> dict:
    """A row's box in pixels and what follows from it, or `no_insect`."""
    width, height = row["width_original"], row["height_original"]
    x0, x1 = (round(float(x) * width) for x in box[[0, 2]])
    y0, y1 = (round(float(y) * height) for y in box[[1, 3]])
    fault = f"best score {score:.2f}, threshold {threshold}" if score <= threshold else None
    if fault is None and (x0 == x1 or y0 == y1):
        fault = "the best box has no area"
    if fault is not None:
        return {"score": score, "status": "no_insect", "reason": fault}
    area_fraction, scale_factor = published_sizes((x0, y0, x1, y1), (width, height))
    return {
        "x0": x0, "y0": y0, "x1": x1, "y1": y1, "score": score, "status": "ok",
        "area_fraction": area_fraction, "scale_factor": scale_factor,
    }  # fmt: skip


def published_sizes(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[float, float]:
    """`area_fraction` and `scale_factor` of the tight box, rounded to 4 places as published.

    5M §A4.1, equations 1 and 2; that the published values are those of the tight box, not of the
    extended crop, was found by recomputing them from the published boxes.
    """
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    return round(w * h / (size[0] * size[1]), 4), round(min(w, h) / 256, 4)
