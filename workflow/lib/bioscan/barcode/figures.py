"""Figures of the accuracy of DNA models, in colours for colour-blind readers too."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Okabe and Ito's colours, with grey for yellow.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#888888")
RANK_COLOURS = dict(zip(("species", "genus", "family", "order"), COLOURS, strict=False))

#: Evaluation → its words in a legend, marker and line.
EVALUATIONS = {
    "fine_tuned": ("fine-tuned", "o", "-"),
    "linear_probe": ("linear probe", "s", "--"),
    "1nn_probe": ("1-NN", "^", ":"),
    "1nn_probe_centred": ("1-NN, centred", "v", ":"),
    "exact_search": ("", "D", "-"),
    "blast": ("", "X", "-."),
}

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


def draw_ranks(table: pl.DataFrame) -> Figure:
    """Accuracy of each model by rank, with its 95 % interval.

    Args:
        table: of `accuracies.by_rank`.
    """
    figure, axes = _panels(2)
    colours = _colours(table)
    for axis, (split, (title, evaluations, ranks)) in zip(axes, PANELS.items(), strict=True):
        here = table.filter(pl.col("evaluation").is_in(evaluations), pl.col("split") == split)
        _draw_models(axis, here, "level", ranks, colours)
        counts = dict(here.select("level", "queries").iter_rows())
        axis.set_xticks(
            range(len(ranks)), [f"{rank}\nn = {counts.get(rank, 0):,}" for rank in ranks]
        )
        axis.set_title(title, loc="left", fontsize=10)
    axes[0].set_ylabel("accuracy, percent")
    _legend(figure)
    return figure


def draw_distances(table: pl.DataFrame) -> Figure:
    """Accuracy of each model by the distance of a query to its nearest key.

    Args:
        table: of `accuracies.by_distance`.
    """
    figure, axes = _panels(2)
    colours = _colours(table)
    places = table["distance"].unique(maintain_order=True).to_list()
    for axis, (split, (title, evaluations, ranks)) in zip(axes, PANELS.items(), strict=True):
        here = table.filter(
            pl.col("evaluation").is_in(evaluations),
            pl.col("split") == split,
            pl.col("level") == ranks[-1],
        )
        _draw_models(axis, here, "distance", places, colours)
        counts = dict(here.select("distance", "queries").iter_rows())
        axis.set_xticks(range(len(places)), [f"{name}\n{counts.get(name, 0):,}" for name in places])
        axis.set_title(f"{ranks[-1]} of {title}", loc="left", fontsize=10)
        axis.set_xlabel("letters that differ from the nearest key, percent at most; queries")
    axes[0].set_ylabel("accuracy, percent")
    _legend(figure)
    return figure


def draw_lengths(table: pl.DataFrame) -> Figure:
    """Accuracy of a search by the length at which queries are cut, and how well it sees novelty.

    Args:
        table: of `accuracies.by_length`.
    """
    figure, axes = _panels(3, sharey=False)
    lengths = table["length"].unique().sort().to_list()
    accuracy = table.filter(metric="accuracy")
    for axis, (split, (title, _, ranks)) in zip(axes, PANELS.items(), strict=False):
        for rank in ranks:
            rows = accuracy.filter(split=split, level=rank).drop_nulls("value").sort("length")
            _line(axis, rows["length"].to_list(), rows, rank, color=RANK_COLOURS[rank], marker="o")
        shown = accuracy.filter(split=split, level=ranks[-1], length=lengths[-1])
        axis.set_title(f"{title}, n = {shown['queries'].sum():,}", loc="left", fontsize=10)
        axis.set_ylabel("accuracy, percent")
    novelty = table.filter(metric="novelty").drop_nulls("value").sort("length")
    axes[2].plot(novelty["length"], novelty["value"], color=COLOURS[0], marker="o")
    axes[2].set_title("unseen species told from known ones", loc="left", fontsize=10)
    axes[2].set_ylabel("area under the ROC curve, percent")
    for axis in axes:
        axis.set_xticks(lengths)
        axis.set_xlabel("nucleotides of the query")
    _legend(figure)
    return figure


def _colours(table: pl.DataFrame) -> dict[str, str]:
    """Encoder → its colour, in all panels."""
    return dict(zip(table["encoder"].unique(maintain_order=True), cycle(COLOURS), strict=False))


def _panels(count: int, sharey: bool = True) -> tuple[Figure, Sequence[Axes]]:
    figure, axes = plt.subplots(
        1, count, figsize=(5.2 * count, 4.6), layout="constrained", sharey=sharey
    )
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    return figure, axes


def _draw_models(
    axis: Axes,
    table: pl.DataFrame,
    place: str,
    places: Sequence[str],
    colours: Mapping[str, str],
) -> None:
    """A line per model and evaluation over some places, a little apart from each other.

    The embeddings of the released pooling are left out: the table has them.
    """
    rows = table.filter(pl.col("pooling").is_null() | (pl.col("pooling") == "masked"))
    series = rows.select("model", "encoder", "evaluation", "recipe").unique(maintain_order=True)
    several = series.select("model", "evaluation").is_duplicated()
    for number, ((model, encoder, evaluation, recipe), twice) in enumerate(
        zip(series.iter_rows(), several, strict=True)
    ):
        words, marker, line = EVALUATIONS[evaluation]
        own = rows.filter(
            (pl.col("encoder") == encoder) & (pl.col("evaluation") == evaluation),
            pl.col("recipe").eq_missing(recipe),
        ).drop_nulls("value")
        shift = 0.5 * ((number + 0.5) / series.height - 0.5)
        at = [places.index(name) + shift for name in own[place]]
        named = f"{model} [{encoder}]" if twice else model
        label = ", ".join(filter(None, (named, words)))
        _line(axis, at, own, label, color=colours[encoder], marker=marker, linestyle=line)
    axis.set_xlim(-0.5, len(places) - 0.5)


def _line(axis: Axes, at: Sequence[float], rows: pl.DataFrame, label: str, **style: str) -> None:
    """Accuracies with their intervals."""
    below, above = rows["value"] - rows["low"], rows["high"] - rows["value"]
    # An end that is the value itself may be rounded beyond it.
    errors = [below.clip(0).to_list(), above.clip(0).to_list()]
    axis.errorbar(
        at, rows["value"], errors, label=label, markersize=5, linewidth=1.2, elinewidth=0.8, **style
    )


def _legend(figure: Figure) -> None:
    """One legend of all panels, below them."""
    found = {}
    for axis in figure.axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(
        found.values(), found.keys(), loc="outside lower center", ncols=4, frameon=False, fontsize=8
    )


#: What an accuracy is drawn by → the function that draws its table.
FIGURES: dict[str, Callable[[pl.DataFrame], Figure]] = {
    "ranks": draw_ranks,
    "distances": draw_distances,
    "lengths": draw_lengths,
}
