"""Figures of the accuracy of DNA models, in colours for colour-blind readers too."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bioscan.core.figures import (
    BLACK,
    GREY,
    RANKS,
    error_bars,
    legend_below,
    line_styles,
    percent_axis,
)

#: Evaluation → its words in a legend, and marker.
EVALUATIONS = {
    "fine_tuned": ("fine-tuned", "o"),
    "linear_probe": ("linear probe", "s"),
    "1nn_probe": ("1-NN", "^"),
    "1nn_probe_centred": ("1-NN, centred", "v"),
    "exact_search": ("", "D"),
    "blast": ("", "X"),
}

#: Evaluations that are no encoder's → colour.
SEARCHES = {"exact_search": BLACK, "blast": GREY}

#: Split → its title, the evaluations that are for it, and its ranks from the root down.
PANELS = {
    "test": (
        "known species (test)",
        ("fine_tuned", "linear_probe", "exact_search", "blast"),
        ("order", "family", "genus", "species"),
    ),
    "test_unseen": (
        "unseen species (test_unseen)",
        ("1nn_probe", "1nn_probe_centred", "exact_search", "blast"),
        ("order", "family", "genus"),
    ),
}


def draw_ranks(table: pl.DataFrame, encoders: Sequence[str]) -> Figure:
    """Accuracy of each model by rank, with its 95 % interval.

    Args:
        table: of `accuracies.by_rank`.
        encoders: all of the run, which have a colour each.
    """
    panels = [
        (split, title, evaluations, ranks) for split, (title, evaluations, ranks) in PANELS.items()
    ]
    return _draw_panels(table, "level", panels, encoders)


def draw_distances(table: pl.DataFrame, encoders: Sequence[str]) -> Figure:
    """Accuracy of each model by the distance of a query to its nearest key.

    Distances without a query are left out.

    Args:
        table: of `accuracies.by_distance`.
        encoders: all of the run, which have a colour each.
    """
    asked = table.filter(pl.col("queries") > 0)
    places = table["distance"].unique(maintain_order=True)
    panels = []
    for split, (title, evaluations, ranks) in PANELS.items():
        found = asked.filter(split=split, level=ranks[-1])["distance"]
        here = places.filter(places.is_in(found.implode())).to_list()
        panels.append((split, f"{ranks[-1]} of {title}", evaluations, here))
    levels = [
        pl.col("split").eq(split) & pl.col("level").eq(ranks[-1])
        for split, (_, _, ranks) in PANELS.items()
    ]
    figure = _draw_panels(asked.filter(pl.any_horizontal(levels)), "distance", panels, encoders)
    below = dict(pairwise(reversed(places)))
    for axis in figure.axes:
        # Names are upper ends: `5` is more than 3 and at most 5 percent.
        axis.set_xticks(
            axis.get_xticks(),
            [_interval(label.get_text(), below) for label in axis.get_xticklabels()],
        )
        axis.set_xlabel("difference from the nearest key (% of letters)")
    return figure


def _interval(label: str, below: Mapping[str, str]) -> str:
    """The label of a distance, which begins with its name, with the lower end of its interval."""
    name = label.split("\n")[0]
    return label if name.startswith(">") or name not in below else f"{below[name]} to {label}"


def draw_lengths(table: pl.DataFrame, encoders: Sequence[str]) -> Figure:
    """Accuracy of a search by the length at which queries are cut, and how well it sees novelty.

    Args:
        table: of `accuracies.by_length`.
        encoders: not used: the search is none of them.
    """
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained", sharey=True)
    lengths = table["length"].unique().sort().to_list()
    accuracy = table.filter(metric="accuracy")
    for axis, (split, (title, _, ranks)) in zip(axes, PANELS.items(), strict=False):
        for number, rank in enumerate(ranks):
            rows = accuracy.filter(split=split, level=rank).drop_nulls("value").sort("length")
            # A little apart, as several ranks are often all found.
            at = [length + 12 * (number - (len(ranks) - 1) / 2) for length in rows["length"]]
            _draw_values(axis, at, rows, rank, color=RANKS[rank], marker="o", linestyle="-")
        shown = accuracy.filter(split=split, level=ranks[-1], length=lengths[-1])
        axis.set_title(f"{title}: {shown['queries'].sum():,} queries")
    axes[0].set_ylabel("accuracy")
    novelty = table.filter(metric="novelty").drop_nulls("value").sort("length")
    axes[2].plot(novelty["length"], novelty["value"], color=BLACK, marker="D", markersize=5)
    asked = novelty["queries"].max() or 0
    axes[2].set_title(f"unseen species told from known ones: {asked:,} queries")
    axes[2].set_ylabel("area under the ROC curve (50 %: chance)")
    axes[2].tick_params(labelleft=True)
    for axis in axes:
        percent_axis(axis)
        axis.set_xticks(lengths)
        axis.set_xlabel("nucleotides of the query")
    legend_below(figure, columns=len(RANKS))
    return figure


def _draw_panels(
    table: pl.DataFrame,
    place: str,
    panels: Sequence[tuple[str, str, Sequence[str], Sequence[str]]],
    encoders: Sequence[str],
) -> Figure:
    """A panel per split, as wide as its places need, with a legend of its own below.

    Args:
        place: the column that is along the axis.
        panels: split, title, evaluations, and values of `place` in their order.
    """
    drawn = []
    for split, title, evaluations, places in panels:
        # The embeddings of the released pooling are left out: the table has them.
        here = table.filter(
            pl.col("evaluation").is_in(evaluations),
            pl.col("pooling").is_null() | (pl.col("pooling") == "masked"),
            split=split,
        )
        drawn.append((title, here, places, _series(here, encoders)))
    # Inches: a dot needs a tenth, a legend with its title three.
    widths = [max(3.4, 0.6 + 0.13 * len(places) * len(series)) for _, _, places, series in drawn]
    longest = max(len(series) for *_, series in drawn)
    figure, axes = plt.subplots(
        1,
        len(drawn),
        figsize=(0.6 + sum(widths), 4.4 + 0.2 * longest),
        width_ratios=widths,
        layout="constrained",
        sharey=True,
    )
    for axis, (title, here, places, series) in zip(axes, drawn, strict=True):
        for number, (label, chosen, style) in enumerate(series):
            rows = here.filter(chosen, pl.col(place).is_in(places)).drop_nulls("value")
            shift = 0.84 * ((number + 0.5) / len(series) - 0.5)
            at = [places.index(name) + shift for name in rows[place]]
            _draw_values(axis, at, rows, label, linestyle="none", **style)
        counts = dict(here.select(place, "queries").iter_rows())
        axis.set_xticks(
            range(len(places)), [f"{name}\nn = {counts.get(name, 0):,}" for name in places]
        )
        axis.tick_params(axis="x", length=0)
        axis.set_xlim(-0.5, max(len(places), 1) - 0.5)
        for edge in range(1, len(places)):
            axis.axvline(edge - 0.5, color=GREY, linewidth=0.6)
        axis.set_title(title)
        percent_axis(axis)
        if series:
            # In the order of the dots of a place.
            axis.legend(loc="upper left", bbox_to_anchor=(0, -0.2), borderaxespad=0)
    axes[0].set_ylabel("accuracy")
    return figure


def _series(
    table: pl.DataFrame, encoders: Sequence[str]
) -> list[tuple[str, pl.Expr, Mapping[str, Any]]]:
    """The models and evaluations of a panel: label, their rows, and style."""
    colours = line_styles(encoders)
    series = table.select("model", "encoder", "evaluation", "recipe").unique(maintain_order=True)
    several = series.select("model", "evaluation").is_duplicated()
    found = []
    for (model, encoder, evaluation, recipe), twice in zip(
        series.iter_rows(), several, strict=True
    ):
        words, marker = EVALUATIONS[evaluation]
        rows = (
            (pl.col("encoder") == encoder)
            & (pl.col("evaluation") == evaluation)
            & pl.col("recipe").eq_missing(recipe)
        )
        if evaluation in SEARCHES:
            style = {"color": SEARCHES[evaluation]}
        else:
            style = {key: colours[encoder][key] for key in ("color", "markerfacecolor")}
        named = f"{model} [{encoder}]" if twice else model
        found.append((", ".join(filter(None, (named, words))), rows, style | {"marker": marker}))
    return found


def _draw_values(
    axis: Axes, at: Sequence[float], rows: pl.DataFrame, label: str, **style: Any
) -> None:
    """Accuracies with their intervals."""
    errors = error_bars(rows["value"], rows["low"], rows["high"])
    axis.errorbar(
        at, rows["value"], errors, label=label, markersize=5, linewidth=1.2, elinewidth=1, **style
    )


#: What an accuracy is drawn by → the function that draws its table.
FIGURES: dict[str, Callable[[pl.DataFrame, Sequence[str]], Figure]] = {
    "ranks": draw_ranks,
    "distances": draw_distances,
    "lengths": draw_lengths,
}
