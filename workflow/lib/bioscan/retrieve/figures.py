"""Figures of accuracies by rank and by damage, in colours for colour-blind readers too."""

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bioscan.core.figures import GREY, error_bars, legend_below, line_styles, percent_axis
from bioscan.core.intervals import wilson_interval
from bioscan.core.texts import TEXT_RANKS
from bioscan.core.words import counted
from bioscan.retrieve.damage import WHOLE
from bioscan.retrieve.tables import GROUPS, PRINTED

#: Groups that are drawn, each in panels of its own.
DRAWN = ("seen", "unseen")

#: Queries of damaged barcodes → name and style.
QUERIES = {
    "dna": ("barcode", {"color": "#0072b2", "marker": "o"}),
    "joint": ("barcode and image", {"color": "#d55e00", "marker": "s"}),
    "image": ("image alone", {"color": GREY}),
}

#: Kinds of damage → label of the axis.
AXES = {
    "length": "letters of the barcode that are left",
    "unread": "letters that are unread (N)",
    "substituted": "letters that are misread",
}

#: Ranks of the figure of damage.
DAMAGED_RANKS = ("genus", "species")


def draw_accuracy(scores: pl.DataFrame, dataset: str) -> Figure:
    """Macro top-1 accuracy of the nearest key by rank: a panel per pair of the paper and group.

    Args:
        scores: of `tables.over_seeds`.
    """
    pair = (pl.col("query") + "_to_" + pl.col("key")).alias("pair")
    rows = scores.with_columns(pair).filter(
        pl.col("answer") == "nearest", pl.col("top") == 1, pl.col("average") == "macro"
    )
    styles = line_styles(rows["model"].unique(maintain_order=True))
    figure, axes = plt.subplots(
        len(DRAWN), len(PRINTED), figsize=(11, 6.6), sharey=True, sharex=True, layout="constrained"
    )
    for line, group in zip(axes, DRAWN, strict=True):
        for panel, name in zip(line, PRINTED, strict=True):
            here = rows.filter(pair=name, group=group, split=GROUPS[group])
            for model, style in styles.items():
                _draw_ranks(panel, here.filter(model=model), model, style)
            query, key = name.split("_to_")
            n = here["queries"].max() or 0
            panel.set_title(f"{_named(query)} to {_named(key)}, {group} species: {n:,} queries")
            panel.set_xticks(range(len(TEXT_RANKS)), TEXT_RANKS)
            panel.set_xlim(-0.3, len(TEXT_RANKS) - 0.7)
            percent_axis(panel)
        line[0].set_ylabel("macro top-1 accuracy")
    legend_below(figure, columns=4)
    figure.suptitle(f"{dataset}: the nearest key of test queries")
    return figure


def _draw_ranks(panel: Axes, rows: pl.DataFrame, model: str, style: dict) -> None:
    places = {rank: place for place, rank in enumerate(TEXT_RANKS)}
    rows = rows.drop_nulls("value").with_columns(pl.col("level").replace_strict(places).alias("x"))
    if rows.is_empty():
        return
    rows = rows.sort("x")
    label = f"{model} ({counted(rows['seeds'].max(), 'seed')})"
    bars = rows["sd"].fill_null(0)
    panel.errorbar(rows["x"], rows["value"], bars, label=label, marker="o", capsize=2, **style)


def draw_damage(scores: pl.DataFrame, model: str, dataset: str) -> Figure:
    """Micro accuracy by damage of the barcode, with 95 % intervals (Wilson).

    A column of panels per kind of damage, a row per rank and group of queries.

    Args:
        scores: of `score_damage`.
    """
    rows = scores.filter(pl.col("average") == "micro", pl.col("top") == 1)
    lines = [(rank, group) for rank in DAMAGED_RANKS for group in DRAWN]
    figure, axes = plt.subplots(
        len(lines),
        len(AXES),
        figsize=(11, 2.4 * len(lines)),
        sharey=True,
        sharex="col",
        layout="constrained",
    )
    for line, (rank, group) in zip(axes, lines, strict=True):
        here = rows.filter(level=rank, group=group, split=GROUPS[group])
        n = here["queries"].max() or 0
        line[0].set_title(f"{rank} of {group} species: {n:,} queries")
        line[0].set_ylabel("micro top-1 accuracy")
        for panel, kind in zip(line, AXES, strict=True):
            _draw_kind(panel, here, kind)
            percent_axis(panel)
    for panel, (kind, label) in zip(axes[-1], AXES.items(), strict=True):
        panel.set_xlabel(label)
        if kind == "length":
            panel.invert_xaxis()
        else:
            panel.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    legend_below(figure, columns=len(QUERIES))
    figure.suptitle(f"{dataset}, {model}: damaged barcodes")
    return figure


def _draw_kind(panel: Axes, rows: pl.DataFrame, kind: str) -> None:
    for query, (name, style) in QUERIES.items():
        if query == "image":
            for value in rows.filter(query=query, kind=WHOLE)["value"].drop_nulls():
                panel.axhline(value, linestyle=":", label=name, **style)
            continue
        found = rows.filter(query=query, kind=kind).drop_nulls("value").sort("amount")
        if found.is_empty():
            continue
        ends = [
            wilson_interval(value / 100, queries)
            for value, queries in found.select("value", "queries").iter_rows()
        ]
        errors = error_bars(found["value"], *(100 * np.array(ends).T))
        panel.errorbar(
            found["amount"], found["value"], errors, label=name, ms=5, elinewidth=0.8, **style
        )


def _named(side: str) -> str:
    return "DNA" if side == "dna" else side
