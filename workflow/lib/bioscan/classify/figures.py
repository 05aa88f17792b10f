"""Figures of the classification experiments, in colours for colour-blind readers too."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from math import ceil
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from bioscan.core.figures import (
    BLACK,
    COLOURS,
    DASHES,
    GREY,
    SPLITS,
    error_bars,
    legend_below,
    line_styles,
    percent_axis,
)
from bioscan.core.intervals import wilson_interval
from bioscan.core.words import counted

#: Begins with a blue that differs from the white of an empty cell.
BLUES = ListedColormap(plt.get_cmap("Blues")(np.linspace(0.12, 1, 256)))

#: Loss → its name.
LOSSES = {"ce": "cross-entropy", "focal": "focal loss"}

#: Kinds of panels of `draw_curves` → column of a history → title.
CURVES = {
    "loss": {"train_loss": "training loss", "val_loss": "validation loss"},
    "accuracy": {
        "val_top1": "validation top-1, micro",
        "val_macro_top1": "validation top-1, macro",
    },
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
    samples.set_title("samples (colours on a log scale)", fontsize=font + 1)
    _draw_matrix(shares, percent, _write_percent, Normalize(0, 100), cell, font)
    shares.set_title("percent of the true class", fontsize=font + 1)
    places = np.arange(size)
    for axis in axes:
        axis.set_xticks(places, columns, rotation=90, fontsize=font)
        axis.set_yticks(places, rows, fontsize=font)
        axis.set_xlabel("predicted", fontsize=font + 1)
        axis.set_ylabel("true (samples)", fontsize=font + 1)
    if across == 2:
        shares.set(yticks=[], ylabel=None)
    figure.suptitle(title, fontsize=font + 2)
    figure.get_layout_engine().set(h_pad=0.08)
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

    The class with the most test samples comes first. Bars are the 95 % intervals that the number of
    test samples leaves to the mean of the seeds (Wilson).

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
    ends = [
        wilson_interval(share, int(n)) if n else (share, share)
        for share, n in zip(mean, support, strict=True)
    ]

    size = len(classes)
    figure, (accuracy, samples) = plt.subplots(
        2, 1, figsize=(max(7.0, 1 + 0.24 * size), 6), layout="constrained", sharex=True
    )
    figure.suptitle(title)
    places = np.arange(size)
    if len(recall) > 1:
        for number, seed in enumerate(recall):
            label = f"each of {len(recall)} seeds" if number == 0 else None
            accuracy.plot(places, seed, "_", ms=9, color=GREY, label=label)
    errors = error_bars(mean, *np.array(ends).T)
    accuracy.errorbar(
        places, mean, errors, fmt="o", ms=5, lw=1.2, color=COLOURS[0], label="class, 95 % interval"
    )
    accuracy.axhline(micro, color=COLOURS[4], lw=1, ls="--", label=f"micro {100 * micro:.1f} %")
    accuracy.axhline(macro, color=BLACK, lw=1, ls=":", label=f"macro {100 * macro:.1f} %")
    percent_axis(accuracy, whole=1)
    accuracy.set_ylabel("top-1 accuracy")

    for shift, (split, sizes) in zip(
        (-0.2, 0.2), (("train", training), ("test", support)), strict=True
    ):
        samples.bar(places + shift, sizes, 0.4, color=SPLITS[split], label=split)
    samples.set_yscale("log")
    samples.set_ylim(bottom=0.8)
    samples.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    samples.set_ylabel("samples (log scale)")
    samples.grid(axis="y")
    largest, smallest = training.max(), training[training > 0].min()
    samples.set_title(
        f"class imbalance in train: β = {largest:,} / {smallest:,} = {largest / smallest:,.2f}"
    )
    samples.set_xticks(places, [classes[place] for place in order], rotation=90)
    samples.set_xlim(-0.7, size - 0.3)
    for axis in (accuracy, samples):
        axis.tick_params(axis="x", length=0)
        axis.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=4,
            handlelength=1.6,
            columnspacing=1.5,
            borderaxespad=0,
        )
    return figure


# Training


class Trained(NamedTuple):
    """The runs that make a line of `draw_curves`.

    Attributes:
        coloured: what the colour stands for, a backbone for example.
        dashed: what the line style stands for.
        loss: of LOSSES.
    """

    coloured: str
    dashed: str
    loss: str


def draw_curves(
    histories: Mapping[Trained, Sequence[pl.DataFrame]], title: str, palette: Sequence[str]
) -> Figure:
    """Loss and validation accuracy epoch by epoch (1M Figure A11).

    A line is the mean over the seeds that have the epoch, its band their range. Values of different
    losses cannot be compared, so each loss has a row of panels.

    Args:
        histories: the history of each seed, with the columns epoch and those of CURVES.
        palette: the names that have a colour each, those of all `coloured` among them.
    """
    labels = {
        model: f"{model.coloured}, {model.dashed} ({counted(len(seeds), 'seed')})"
        for model, seeds in histories.items()
    }
    losses = list(dict.fromkeys(model.loss for model in histories))
    rows = [*((f"{LOSSES[loss]} (log scale)", loss) for loss in losses), ("top-1 accuracy", None)]
    colours = line_styles(palette)
    dashes = dict(
        zip(dict.fromkeys(model.dashed for model in histories), cycle(DASHES), strict=False)
    )
    # Inches of an entry of the legend: its line, its letters and the space to the next one.
    entry = (6.5 + max(map(len, labels.values())) * LETTER) * 9 / 72
    columns = max(1, int(9 / entry))
    height = 0.9 + 2.4 * len(rows) + 0.2 * ceil(len(histories) / columns)
    figure, axes = plt.subplots(
        len(rows),
        2,
        figsize=(9, height),
        layout="constrained",
        sharex=True,
        sharey="row",
        squeeze=False,
    )
    for line, (unit, loss) in zip(axes, rows, strict=True):
        for axis, (column, name) in zip(
            line, CURVES["accuracy" if loss is None else "loss"].items(), strict=True
        ):
            for model, seeds in histories.items():
                if loss in (None, model.loss):
                    style = {"color": colours[model.coloured]["color"], "ls": dashes[model.dashed]}
                    _draw_seeds(
                        axis, summarise_seeds(seeds, column), len(seeds), labels[model], style
                    )
            axis.set_title(name)
            axis.grid()
        line[0].set_ylabel(unit)
        if loss is None:
            percent_axis(line[0], whole=1)
        else:
            line[0].set_yscale("log")
            line[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            line[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            line[0].yaxis.set_minor_formatter(NullFormatter())
    for axis in axes[-1]:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.set_xlabel("epoch")
    figure.suptitle(title)
    several = any(len(seeds) > 1 for seeds in histories.values())
    legend_below(
        figure,
        columns,
        handlelength=3.5,
        title="line: mean of the seeds, band: lowest to highest of several" if several else None,
        title_fontsize=9,
    )
    return figure


def _draw_seeds(
    axis: Axes, table: pl.DataFrame, seeds: int, label: str, style: Mapping[str, Any]
) -> None:
    """A line of `summarise_seeds`, and a band where there are several seeds."""
    # A line through a single epoch is invisible.
    marker = "." if table.height == 1 else None
    axis.plot(table["epoch"], table["mean"], lw=1.5, marker=marker, label=label, **style)
    if seeds > 1:
        axis.fill_between(
            table["epoch"], table["lowest"], table["highest"], color=style["color"], alpha=0.2, lw=0
        )


def summarise_seeds(histories: Sequence[pl.DataFrame], column: str) -> pl.DataFrame:
    """A column over the seeds that have the epoch: epoch, mean, lowest, highest."""
    value = pl.col(column)
    return (
        pl.concat([history.select("epoch", column) for history in histories])
        .group_by("epoch")
        .agg(mean=value.mean(), lowest=value.min(), highest=value.max())
        .sort("epoch")
    )
