"""Figures of accuracies by rank and by damage, in colours for colour-blind readers too."""

from itertools import cycle

import matplotlib.pyplot as plt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.damage import WHOLE
from bioscan.retrieve.tables import GROUPS, PRINTED

#: Colours of models: Okabe and Ito's, with grey for yellow.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#888888")

#: Groups that are drawn → line and marker.
STYLES = {"seen": ("-", "o"), "unseen": ((0, (4, 2)), "s")}

#: Queries of damaged barcodes → colour and name.
QUERIES = {
    "dna": ("#0072b2", "barcode"),
    "joint": ("#d55e00", "barcode and image"),
    "image": ("#888888", "image"),
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
    """Macro top-1 accuracy of the nearest key by rank: a panel per pair of the paper.

    Args:
        scores: of `tables.over_seeds`.
    """
    pair = (pl.col("query") + "_to_" + pl.col("key")).alias("pair")
    rows = scores.with_columns(pair).filter(
        pl.col("answer") == "nearest", pl.col("top") == 1, pl.col("average") == "macro"
    )
    models = rows["model"].unique(maintain_order=True).to_list()
    figure, axes = plt.subplots(1, len(PRINTED), figsize=(11, 4), sharey=True, layout="constrained")
    for panel, name in zip(axes, PRINTED, strict=True):
        query, key = name.split("_to_")
        panel.set_title(f"{_named(query)} to {_named(key)}")
        for model, colour in zip(models, cycle(COLOURS), strict=False):
            for group, (line, marker) in STYLES.items():
                _draw_ranks(
                    panel,
                    rows.filter(pair=name, model=model, group=group, split=GROUPS[group]),
                    {"color": colour, "linestyle": line, "marker": marker},
                    f"{model}, {group}",
                )
        _finish(panel)
    axes[0].set_ylabel("macro top-1 accuracy")
    handles = {
        label: handle
        for panel in axes
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    if handles:
        columns = min(4, len(handles))
        figure.legend(
            handles.values(), handles, loc="outside lower center", ncols=columns, fontsize=8
        )
    figure.suptitle(f"{dataset}: the nearest key, test queries")
    return figure


def _draw_ranks(panel: Axes, rows: pl.DataFrame, style: dict, label: str) -> None:
    places = {rank: place for place, rank in enumerate(TEXT_RANKS)}
    rows = rows.drop_nulls("value").with_columns(pl.col("level").replace_strict(places).alias("x"))
    if rows.is_empty():
        return
    rows = rows.sort("x")
    panel.errorbar(
        rows["x"], rows["value"], yerr=rows["sd"].fill_null(0), label=label, capsize=2, **style
    )


def _finish(panel: Axes) -> None:
    panel.set_xticks(range(len(TEXT_RANKS)), TEXT_RANKS)
    panel.set_ylim(0, 104)
    panel.yaxis.set_major_formatter(PercentFormatter())
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", color="#e4e4e4", linewidth=0.6)


def draw_damage(scores: pl.DataFrame, model: str, dataset: str) -> Figure:
    """Micro accuracy by damage of the barcode: a column per kind, a row per rank.

    Args:
        scores: SCORES_SCHEMA, kind, amount and query.
    """
    rows = scores.filter(average="micro")
    shape = len(DAMAGED_RANKS), len(AXES)
    figure, axes = plt.subplots(*shape, figsize=(11, 6.5), sharey="row", layout="constrained")
    for line, rank in zip(axes, DAMAGED_RANKS, strict=True):
        line[0].set_ylabel(f"{rank}, micro top-1 accuracy")
        for panel, (kind, label) in zip(line, AXES.items(), strict=True):
            for group, (dashes, marker) in STYLES.items():
                _draw_kind(panel, rows.filter(level=rank, group=group), kind, dashes, marker, group)
            panel.set_xlabel(label)
            panel.set_ylim(0, 104)
            panel.yaxis.set_major_formatter(PercentFormatter())
            if kind == "length":
                panel.invert_xaxis()
            else:
                panel.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            panel.spines[["top", "right"]].set_visible(False)
            panel.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    handles, labels = axes[0][0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    numbers = rows.filter(kind=WHOLE, level=TEXT_RANKS[0])
    counts = ", ".join(
        f"{n} {group}" for group, n in numbers.select("group", "queries").rows() if group in STYLES
    )
    figure.suptitle(f"{dataset}, {model}: damaged barcodes ({counts} queries)")
    return figure


def _draw_kind(
    panel: Axes, rows: pl.DataFrame, kind: str, dashes: object, marker: str, group: str
) -> None:
    for query, (colour, name) in QUERIES.items():
        label = f"{name}, {group}"
        if query == "image":
            found = rows.filter(query=query, kind=WHOLE)["value"].drop_nulls()
            for value in found:
                panel.axhline(
                    value, color=colour, linestyle=":", marker=marker, markevery=0.9, label=label
                )
            continue
        found = rows.filter(query=query, kind=kind).drop_nulls("value").sort("amount")
        if not found.is_empty():
            panel.plot(
                found["amount"],
                found["value"],
                color=colour,
                linestyle=dashes,
                marker=marker,
                label=label,
            )


def _named(side: str) -> str:
    return "DNA" if side == "dna" else side.capitalize()
