"""Distributions of the scores and sizes of a dataset's boxes."""

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from bioscan.core.figures import BLACK, COLOURS

#: Colours of images with and without an insect.
FOUND, NOT_FOUND = COLOURS[0], COLOURS[1]

#: Bars of sizes, and of scores, which are fewer, so that one image among them is seen.
BINS, SCORE_BINS = 50, 25


def draw_distributions(boxes: pl.DataFrame, threshold: float) -> Figure:
    """Images by best score, and boxes by area fraction and by scale factor (5M §A4.1).

    Args:
        boxes: rows of detect's BOXES_SCHEMA.
        threshold: a best box that scores no more than this is no insect.
    """
    found, not_found = boxes.filter(status="ok"), boxes.filter(status="no_insect")
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    scores, fractions, scales = axes

    scores.hist(
        [found["score"].to_numpy(), not_found["score"].to_numpy()],
        bins=_score_edges(threshold),
        stacked=True,
        color=[FOUND, NOT_FOUND],
        label=[f"insect ({found.height:,})", f"no insect ({not_found.height:,})"],
    )
    scores.axvline(threshold, color=BLACK, lw=1, ls=":", label=f"threshold {threshold:g}")
    scores.legend(loc="upper left")
    # Nearly all images are in the last bar.
    scores.set(xlabel="score of the best box", xlim=(0, 1), yscale="symlog")
    scores.set_ylabel("images (log scale from 1)")
    total = found.height + not_found.height
    scores.set_title(f"{total:,} images")

    # Most insects are small; the scale shows fractions of a thousandth and of a half.
    smallest = min(1e-3, (found["area_fraction"].min() or 1) / 2)
    _draw_sizes(fractions, found["area_fraction"], np.geomspace(smallest, 1, BINS + 1))
    fractions.set(xlabel="area fraction of the box (log scale)", xscale="log", xlim=(smallest, 1))
    fractions.set_ylabel("images with an insect")
    fractions.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))

    largest = max(1.0, found["scale_factor"].max() or 0)
    _draw_sizes(scales, found["scale_factor"], np.linspace(0, largest, BINS + 1))
    scales.set(xlabel="scale factor (shorter side of the box / 256 pixels)", xlim=(0, largest))

    for axis in axes:
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        if axis is not scores:
            axis.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axis.set_ylim(0, max(1, axis.get_ylim()[1]))
    return figure


def _score_edges(threshold: float) -> np.ndarray:
    """Edges of bars from 0 to 1, the threshold among them: no bar is on both sides of it."""
    below = round(threshold * SCORE_BINS)
    if threshold > 0:
        below = min(max(below, 1), SCORE_BINS - 1)
    edges = np.linspace(0, threshold, below + 1), np.linspace(threshold, 1, SCORE_BINS - below + 1)
    return np.unique(np.concatenate(edges))


def _draw_sizes(axis: Axes, sizes: pl.Series, bins: np.ndarray) -> None:
    """A histogram with its median, or a note that there is nothing to count."""
    axis.hist(sizes.to_numpy(), bins=bins, color=FOUND)
    if sizes.is_empty():
        axis.text(0.5, 0.5, "no boxes", transform=axis.transAxes, ha="center", color="#505050")
        return
    middle = sizes.median()
    axis.axvline(middle, color=BLACK, lw=1, ls="--")
    axis.set_title(f"{len(sizes):,} boxes, median {middle:.3g} (dashed)")
