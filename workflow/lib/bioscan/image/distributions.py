"""Distributions of the scores and sizes of a dataset's boxes."""

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

#: Colours of images with and without an insect, which colour-blind readers can tell apart.
FOUND, NOT_FOUND = "#4477aa", "#ee6677"

BINS = 50


def draw_distributions(boxes: pl.DataFrame) -> Figure:
    """Images by best score, and boxes by area fraction and by scale factor (5M §A4.1).

    Args:
        boxes: rows of detect's BOXES_SCHEMA.
    """
    found, not_found = boxes.filter(status="ok"), boxes.filter(status="no_insect")
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
    scores, fractions, scales = axes

    scores.hist(
        [found["score"].to_numpy(), not_found["score"].to_numpy()],
        bins=np.linspace(0, 1, BINS + 1),
        color=[FOUND, NOT_FOUND],
        label=[f"insect ({found.height:,})", f"no insect ({not_found.height:,})"],
    )
    scores.legend(frameon=False, fontsize=8)
    # Nearly all images are in the last bar.
    scores.set(xlabel="score of the best box", ylabel="images", xlim=(0, 1), yscale="symlog")

    # Most insects are small; the scale shows fractions of a thousandth and of a half.
    smallest = min(1e-3, (found["area_fraction"].min() or 1) / 2)
    _draw_sizes(fractions, found["area_fraction"], np.geomspace(smallest, 1, BINS + 1))
    fractions.set(xlabel="area fraction", xscale="log", xlim=(smallest, 1))
    fractions.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))

    largest = max(1.0, found["scale_factor"].max() or 0)
    _draw_sizes(scales, found["scale_factor"], np.linspace(0, largest, BINS + 1))
    scales.set(xlabel="scale factor", xlim=(0, largest))

    for axis in axes:
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        if axis is not scores:
            axis.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axis.set_ylim(0, max(1, axis.get_ylim()[1]))
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_sizes(axis: Axes, sizes: pl.Series, bins: np.ndarray) -> None:
    """A histogram with its median, or a note that there is nothing to count."""
    axis.hist(sizes.to_numpy(), bins=bins, color=FOUND)
    if sizes.is_empty():
        axis.text(0.5, 0.5, "no boxes", transform=axis.transAxes, ha="center", color="#505050")
        return
    middle = sizes.median()
    axis.axvline(middle, color="#404040", lw=1, ls="--")
    axis.set_title(f"median {middle:.3g}", loc="left", fontsize=9)
