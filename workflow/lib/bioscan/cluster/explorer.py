"""The map of a space as a page to move about in, without any other file."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import polars as pl

from bioscan.cluster.choice import rank_values
from bioscan.cluster.composition import NOISE
from bioscan.cluster.explorer_page import PAGE
from bioscan.cluster.figures import MISSING, OTHER
from bioscan.cluster.thumbnails import choose_evenly, tile
from bioscan.core.encoders import ALL
from bioscan.core.figures import MAP_COLOURS

#: Side of a crop, pixels: a multiple of 16, see `thumbnails.tile`.
SIDE = 96

#: Crops in the page, at most (about 2 MB), and crops in a row of the sheet that holds them.
CROPS, ACROSS = 1000, 32

#: Specimens in the page, at most (about 3 MB).
SPECIMENS = 50_000

#: Points lie on a grid of so many places from the left to the right.
GRID = 10_000

#: Column of the specimens → its name in the page, in the order of the page.
LABELS = {
    "family": "family",
    "order": "order",
    "genus": "genus",
    "species": "species",
    "dna_bin": "BIN",
    "seen": "species in training",
    "split": "split",
}

#: Column of the clusters → its name.
METHODS = {
    "known": "cluster by labelled keys",
    "ward_cut": "cluster by Ward, cut by a criterion",
    "hdbscan": "cluster by HDBSCAN",
    "distance_2": "cluster within 2 %",
    "distance_3": "cluster within 3 %",
    "ward": "cluster by Ward, as many as species",
}


def take_specimens(specimens: pl.DataFrame) -> pl.DataFrame:
    """At most SPECIMENS rows, at even distances."""
    if specimens.height <= SPECIMENS:
        return specimens
    return specimens[np.linspace(0, specimens.height - 1, SPECIMENS).astype(int)]


def choose_crops(specimens: pl.DataFrame, by: str) -> list[str]:
    """The specimens that have a crop in the page: processids, in turn from each cluster.

    Args:
        specimens: those that have an image: processid and `by`, their cluster.
    """
    return choose_evenly(specimens, by, CROPS)


def build_explorer(
    specimens: pl.DataFrame,
    points: np.ndarray,
    crops: Mapping[str, np.ndarray],
    title: str,
    total: int,
    coloured: Mapping[str, Sequence[str]],
) -> str:
    """A self-contained HTML page that shows a point's crop, labels and clusters.

    Args:
        specimens: of `take_specimens`: processid, row of `points`, and any of LABELS and METHODS.
        points: (distinct rows, 2).
        crops: processid → RGB (SIDE, SIDE, 3).
        title: heading of the page.
        total: specimens in the space.
        coloured: column → its values that have a colour, of `choice.coloured_values`.
    """
    places = _on_grid(points[specimens["row"].to_numpy()])
    numbers = {processid: number for number, processid in enumerate(crops)}
    if "split" in specimens.columns:  # ALL is of a dataset without splits
        specimens = specimens.with_columns(pl.col("split").replace(ALL, None))
    columns = [
        {"name": name, **_coded(specimens[column], coloured.get(column, ()))}
        for column, name in (LABELS | METHODS).items()
        if column in specimens.columns and specimens[column].null_count() < specimens.height
    ]
    data = {
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "id": specimens["processid"].to_list(),
        "crop": [numbers.get(processid, -1) for processid in specimens["processid"]],
        "columns": columns,
        "colours": MAP_COLOURS,
        "other": OTHER,
        "missing": MISSING,
        "side": SIDE,
        "across": ACROSS,
        "grid": GRID,
    }
    sheet = b64encode(tile(list(crops.values()), ACROSS)).decode() if crops else ""
    filled = {
        "TITLE": escape(title),
        "COUNT": escape(_count(specimens.height, total, len(crops))),
        "SHEET": sheet and f"data:image/jpeg;base64,{sheet}",
        # Names are data: `</script>` in one would end the script.
        "DATA": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    # One pass, so that names of specimens are never taken for places to fill.
    first, *parts = PAGE.split("@@")
    return first + "".join(
        filled[part] if number % 2 == 0 else part for number, part in enumerate(parts)
    )


def _count(shown: int, total: int, crops: int) -> str:
    specimens = f"{total:,} specimens"
    if shown < total:
        specimens = f"{shown:,} of {total:,} specimens, at even distances in their order"
    if not crops:
        return f"{specimens}; without crops."
    return (
        f"{specimens}; {crops:,} of them with a crop of {SIDE} pixels ({CROPS:,} at most, "
        "in turn from each cluster)."
    )


def _on_grid(points: np.ndarray) -> np.ndarray:
    """(n, 2) integers from 0 to GRID along the longer side, y downwards; others in the middle."""
    lowest, highest = points.min(axis=0), points.max(axis=0)
    extent = float((highest - lowest).max()) or 1.0
    centred = (points - (lowest + highest) / 2) / extent * (1, -1)
    return np.rint((centred + 0.5) * GRID).astype(int)


def _coded(values: pl.Series, coloured: Sequence[str]) -> dict[str, Any]:
    """The distinct values, those in colour first, then the most frequent, and the place of each.

    It is -1 where missing. A specimen that is in no cluster has none.
    """
    if values.dtype == pl.Boolean:
        values = values.replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    elif values.dtype.is_integer():
        values = values.set(values == NOISE, None).cast(pl.String)
    ranked = rank_values(values, len(values))
    # One value alone is no reason to begin with its column, so the others are no values then.
    first = list(coloured) if len(ranked) > 1 else []
    ordered = list(dict.fromkeys([*first, *ranked]))
    codes = {value: code for code, value in enumerate(ordered)}
    return {"values": ordered, "codes": [codes.get(value, -1) for value in values]}
