"""Figures of the classification experiments, in colours for colour-blind readers too."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import (
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
    StrMethodFormatter,
)

from bioscan.core.figures import LINES

#: Begins with a blue that differs from the white of an empty cell.
BLUES = ListedColormap(plt.get_cmap("Blues")(np.linspace(0.12, 1, 256)))

#: The splits of `draw_accuracy`.
COLOURS = {"train": "#a9c7e8", "test": "#004488"}

#: Panels of `draw_curves`: column of a history → title.
CURVES = {
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "val_top1": "validation top-1, micro",
    "val_macro_top1": "validation top-1, macro",
}

# DejaVu Sans, as parts of the font size: the width of a digit and the mean width of a letter.
DIGIT, LETTER = 0.64, 0.58


# Confusion


def draw_confusion(
    target: np.ndarray, predicted: np.ndarray, classes: Sequence[str], title: str
) -> Figure:
    """Confusion matrix in samples, and in percent of the true class (1M Figures A1 and A2).

    The class with the most samples comes first. Cells without a sample are blank.

    Args:
        target, predicted: (n,) classes as indices of `classes`.
    """
    size = len(classes)
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, (target, predicted), 1)
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    counts = counts[np.ix_(order, order)]
    support = counts.sum(axis=1)
    percent = 100 * counts / np.maximum(support, 1)[:, np.newaxis]
    columns = [classes[place] for place in order]
    rows = [f"{name} ({n:,})" for name, n in zip(columns, support, strict=True)]

    # In points and in inches. A larger figure is shown scaled down, so its font grows; with many
    # classes, two panels side by side leave no room for legible names.
    font = 9 + size / 20
    cell = min(1.1, 0.25 + 2 / size)
    below, beside = (max(map(len, names)) * LETTER * font / 72 for names in (columns, rows))
    down, across = (1, 2) if size <= 8 else (2, 1)
    figure, axes = plt.subplots(
        down,
        across,
        figsize=(
            0.4 + beside + across * (cell * size + 0.75),
            0.4 + down * (cell * size + below + 0.65),
        ),
        layout="compressed",
    )
    samples, shares = axes
    _draw_matrix(samples, counts, str, LogNorm(1, max(counts.max(), 10)), cell, font)
    samples.set_title("samples (colours on a log scale)", loc="left", fontsize=font + 1)
    _draw_matrix(shares, percent, _write_percent, Normalize(0, 100), cell, font)
    shares.set_title("percent of the true class", loc="left", fontsize=font + 1)
    places = np.arange(size)
    for axis in axes:
        axis.set_xticks(places, columns, rotation=90, fontsize=font)
        axis.set_yticks(places, rows, fontsize=font)
        axis.set_xlabel("predicted", fontsize=font + 1)
        axis.set_ylabel("true (samples)", fontsize=font + 1)
    if across == 2:
        shares.set(yticks=[], ylabel=None)
    figure.suptitle(title, fontsize=font + 2)
    return figure


def _draw_matrix(
    axis: Axes,
    values: np.ndarray,
    write: Callable[[float], str],
    norm: Normalize,
    cell: float,
    font: float,
) -> None:
    """Colour the cells that are not zero and write into them.

    Args:
        cell: its side, inches.
        font: the largest size of a text, points.
    """
    edges = np.arange(len(values) + 1) - 0.5
    mesh = axis.pcolormesh(
        edges,
        edges,
        np.ma.masked_equal(values, 0),
        cmap=BLUES,
        norm=norm,
        edgecolors="#dddddd",
        linewidth=0.4,
    )
    axis.set_aspect("equal")
    axis.invert_yaxis()
    axis.tick_params(length=0)
    for row, column in np.argwhere(values):
        text = write(values[row, column])
        axis.text(
            column,
            row,
            text,
            color="white" if norm(values[row, column]) > 0.55 else "black",
            fontsize=min(font, 72 * cell * min(0.42, 0.88 / (DIGIT * len(text)))),
            ha="center",
            va="center_baseline",
        )
    bar = axis.figure.colorbar(
        mesh, ax=axis, format=StrMethodFormatter("{x:,.0f}"), fraction=0.04, pad=0.015, aspect=30
    )
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=font - 1)


def _write_percent(percent: float) -> str:
    """Only a full class reads 100, and no cell with a sample reads 0.0."""
    if percent == 100:
        return "100"
    return f"{percent:.1f}" if percent >= 0.05 else "<0.1"


# Accuracy


def draw_accuracy(
    training: np.ndarray,
    support: np.ndarray,
    recall: np.ndarray,
    classes: Sequence[str],
    title: str,
) -> Figure:
    """Top-1 accuracy of each class, and its samples (1M Figure 5 over Figure 2).

    The class with the most test samples comes first.

    Args:
        training, support: (classes,) samples in the train and in the test split.
        recall: (seeds, classes) top-1 accuracy; NaN where a class has no test sample.
    """
    # Counts of Polars are unsigned.
    order = np.argsort(-support.astype(int), kind="stable")
    training, support, recall = training[order], support[order], recall[:, order]
    tested = support > 0
    macro = recall[:, tested].mean()
    micro = np.average(recall[:, tested].mean(axis=0), weights=support[tested])
    mean = recall.mean(axis=0)
    beyond = np.abs([recall.min(axis=0), recall.max(axis=0)] - mean)

    size = len(classes)
    figure, (accuracy, samples) = plt.subplots(
        2, 1, figsize=(max(7.0, 1 + 0.24 * size), 6), layout="constrained", sharex=True
    )
    figure.suptitle(title, fontsize=11)
    places = np.arange(size)
    seeds = f", mean and range of {len(recall)} seeds" if len(recall) > 1 else ""
    accuracy.errorbar(
        places, mean, beyond, fmt="o", ms=5, lw=1.5, color=COLOURS["test"], label=f"class{seeds}"
    )
    accuracy.axhline(micro, color="#bb5566", lw=1, ls="--", label=f"micro {micro:.2%}")
    accuracy.axhline(macro, color="#997700", lw=1, ls=":", label=f"macro {macro:.2%}")
    # From 50 %, if all classes are above that.
    accuracy.set_ylim(min(0.5, np.nanmin(recall)) - 0.03, 1.03)
    accuracy.yaxis.set_major_formatter(PercentFormatter(1))
    accuracy.set_ylabel("top-1 accuracy")

    for shift, (split, sizes) in zip(
        (-0.2, 0.2), (("train", training), ("test", support)), strict=True
    ):
        samples.bar(places + shift, sizes, 0.4, color=COLOURS[split], label=split)
    samples.set_yscale("log")
    samples.set_ylim(bottom=0.8)
    samples.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    samples.set_ylabel("samples")
    largest, smallest = training.max(), training[training > 0].min()
    samples.set_title(
        f"class imbalance in train: β = {largest:,} / {smallest:,} = {largest / smallest:,.2f}",
        loc="left",
        fontsize=10,
    )
    samples.set_xticks(places, [classes[place] for place in order], rotation=90)
    samples.set_xlim(-0.7, size - 0.3)
    for axis in (accuracy, samples):
        axis.grid(axis="y", color="#e4e4e4", lw=0.6)
        axis.set_axisbelow(True)
        axis.tick_params(axis="x", length=0)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=3,
            fontsize=9,
            handlelength=1.6,
            columnspacing=1.5,
            borderaxespad=0,
            frameon=False,
        )
    return figure


# Training


def draw_curves(histories: Mapping[str, Sequence[pl.DataFrame]], title: str) -> Figure:
    """Loss and validation accuracy epoch by epoch (1M Figure A11).

    A line is the mean over the seeds that have the epoch, its band their range.

    Args:
        histories: label of a model → the history of each seed, with the columns epoch and those
            of CURVES. From the ninth model on, lines look alike.
    """
    # Inches of an entry of the legend: its line, its letters and the space to the next one.
    entry = (6.5 + max(map(len, histories)) * LETTER) * 9 / 72
    columns = max(1, int(9 / entry))
    height = 5.8 + 0.2 * ceil(len(histories) / columns)
    figure, axes = plt.subplots(
        2, 2, figsize=(9, height), layout="constrained", sharex=True, sharey="row"
    )
    for axis, (column, name) in zip(axes.flat, CURVES.items(), strict=True):
        for (label, seeds), (colour, style) in zip(histories.items(), cycle(LINES), strict=False):
            table = summarise_seeds(seeds, column)
            epoch = table["epoch"]
            # A line through a single epoch is invisible.
            marker = "." if table.height == 1 else None
            axis.plot(
                epoch, table["mean"], color=colour, ls=style, lw=1.5, marker=marker, label=label
            )
            if len(seeds) > 1:
                axis.fill_between(
                    epoch, table["lowest"], table["highest"], color=colour, alpha=0.2, lw=0
                )
        axis.set_title(name, loc="left", fontsize=10)
        axis.grid(color="#e4e4e4", lw=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    loss, accuracy = axes[:, 0]
    loss.set_yscale("log")
    loss.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    loss.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    loss.yaxis.set_minor_formatter(NullFormatter())
    loss.set_ylabel("loss (log scale)")
    accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    accuracy.set_ylabel("top-1 accuracy")
    accuracy.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for axis in axes[1]:
        axis.set_xlabel("epoch")
    figure.suptitle(title, fontsize=11)
    several = any(len(seeds) > 1 for seeds in histories.values())
    figure.legend(
        *loss.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=columns,
        fontsize=9,
        handlelength=3.5,
        frameon=False,
        title="line: mean of the seeds, band: lowest to highest seed" if several else None,
        title_fontsize=9,
    )
    return figure


def summarise_seeds(histories: Sequence[pl.DataFrame], column: str) -> pl.DataFrame:
    """A column over the seeds that have the epoch: epoch, mean, lowest, highest."""
    value = pl.col(column)
    return (
        pl.concat([history.select("epoch", column) for history in histories])
        .group_by("epoch")
        .agg(mean=value.mean(), lowest=value.min(), highest=value.max())
        .sort("epoch")
    )
