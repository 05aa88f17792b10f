"""Figures of clusters, in colours for colour-blind readers too."""

from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bioscan.core.figures import LINES

#: Ranks from coarse to fine, as Figure 6 has them → their names there.
RANKS = {
    "phylum": "phylum",
    "class": "class",
    "order": "order",
    "family": "family",
    "subfamily": "subfamily",
    "genus": "genus",
    "species": "species",
    "dna_bin": "BIN",
}

#: Modality → title of its panel of `draw_agreement`.
PANELS = {"image": "images", "dna": "DNA", "both": "images and DNA"}

#: Markers of `draw_agreement`. There is one more than colours of LINES, so 72 lines differ.
MARKERS = "osD^vPX*<"

#: The most frequent values of `draw_map`: Paul Tol's "muted", which colour-blind readers can tell
#: apart.
COLOURS = (
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933"),
    *("#ddcc77", "#cc6677", "#882255", "#aa4499"),
)

#: All other values, and missing ones.
OTHER, MISSING = "#b4b4b4", "#dedede"

#: Whether the training split has the species, as it is named → colour.
SEEN = {"seen species": "#0077bb", "unseen species": "#ee7733"}


def draw_agreement(scores: pl.DataFrame, title: str) -> Figure:
    """AMI by rank, a line per encoder and a panel per modality (5M Figures 6 and A11).

    Args:
        scores: space, modality, rank and ami (percent).
        title: of the figure.
    """
    modalities = [name for name in PANELS if name in scores["modality"]]
    if not modalities:
        return _draw_nothing("No specimen has a label, so there is nothing to agree with.")
    ranks = [rank for rank in RANKS if rank in scores["rank"]]
    places = pl.col("rank").replace_strict({rank: n for n, rank in enumerate(ranks)})
    longest = max(scores.filter(modality=name)["space"].n_unique() for name in modalities)
    figure, axes = plt.subplots(
        1,
        len(modalities),
        figsize=(1 + 4.4 * len(modalities), 4.2 + 0.22 * ceil(longest / 2)),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    figure.suptitle(title, fontsize=11)
    for axis, modality in zip(axes[0], modalities, strict=True):
        panel = scores.filter(modality=modality).with_columns(places.alias("place"))
        for number, ((space,), line) in enumerate(panel.group_by("space", maintain_order=True)):
            colour, style = LINES[number % len(LINES)]
            line = line.sort("place")
            axis.plot(
                line["place"],
                line["ami"],
                color=colour,
                ls=style,
                lw=1.5,
                marker=MARKERS[number % len(MARKERS)],
                ms=5,
                label=space,
            )
        axis.set_title(PANELS[modality], loc="left", fontsize=10)
        axis.set_xticks(range(len(ranks)), [RANKS[rank] for rank in ranks], rotation=40, ha="right")
        axis.set_xlim(-0.3, len(ranks) - 0.7)
        axis.grid(color="#e4e4e4", lw=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(
            loc="upper left",
            bbox_to_anchor=(-0.02, -0.22),
            ncols=2,
            fontsize=9,
            handlelength=3.5,
            frameon=False,
        )
    axes[0, 0].set_ylim(min(0, scores["ami"].min()) - 2, 102)
    axes[0, 0].set_ylabel("adjusted mutual information (%)")
    return figure


def rank_values(values: pl.Series, most: int) -> list[str]:
    """The most frequent values, the most frequent first; a tie is in alphabetical order."""
    counts = values.drop_nulls().alias("value").value_counts(name="n")
    return counts.sort("n", "value", descending=[True, False])["value"].head(most).to_list()


def draw_map(specimens: pl.DataFrame, points: np.ndarray, by: str, of: str, title: str) -> Figure:
    """Specimens in two dimensions: by a label, and by whether the training split has the species.

    Specimens at one point and of one colour share a dot, whose area grows with them. The colours of
    the most frequent values lie above grey.

    Args:
        specimens: row of `points`, `by` (text) and seen (null where there are no keys).
        points: (distinct rows, 2).
        by: column of the first panel.
        of: what it is, in the plural, for the legend.
    """
    frequent = rank_values(specimens[by], len(COLOURS))
    labels = dict(zip(frequent, COLOURS, strict=False))
    value, many = pl.col(by), specimens[by].drop_nulls().n_unique()
    rest = "" if many == len(frequent) else f"the {len(frequent)} commonest of "
    panels = [
        (
            pl.when(value.is_null() | value.is_in(frequent)).then(value).otherwise(pl.lit("")),
            labels,
            f"{rest}{many:,} {of}",
        )
    ]
    if specimens["seen"].null_count() < specimens.height:
        known = pl.when("seen").then(pl.lit("seen species")).otherwise(pl.lit("unseen species"))
        seen = pl.when(pl.col("seen").is_not_null()).then(known)
        panels.append((seen, SEEN, "is the species in the training split?"))
    figure, axes = plt.subplots(
        1, len(panels), figsize=(6.2 * len(panels), 7.4), layout="constrained", squeeze=False
    )
    figure.suptitle(title, fontsize=11)
    for axis, (value, colours, heading) in zip(axes[0], panels, strict=True):
        _draw_points(axis, specimens.select("row", value.alias("value")), points, colours)
        axis.set_title(heading, loc="left", fontsize=10)
    return figure


def _draw_points(
    axis: Axes, specimens: pl.DataFrame, points: np.ndarray, colours: dict[str, str]
) -> None:
    """Args:
    specimens: row of `points`; value: of `colours`, "" for another one.
    """
    dots = specimens.group_by("row", "value").agg(pl.len().alias("n"))
    # Dots cover about a sixth of the panel if they do not overlap; at least 1 point across.
    area = float(np.clip(24_000 / specimens.height, 2.5, 40))
    legend = {None: (MISSING, "no label"), "": (OTHER, "others")}
    legend |= {name: (colour, name) for name, colour in colours.items()}
    # Rare colours last, so that frequent ones do not hide them. The legend shows grey ones last.
    for name, (colour, label) in legend.items():
        held = dots.filter(pl.col("value").eq_missing(name)).sort("row")
        if held.is_empty():
            continue
        x, y = points[held["row"].to_numpy()].T
        axis.scatter(
            x,
            y,
            s=area * np.sqrt(held["n"].to_numpy()),
            c=colour,
            lw=0.2,
            edgecolors="white",
            label=f"{label} ({held['n'].sum():,})",
            rasterized=True,
        )
    axis.set(xticks=[], yticks=[])
    axis.set_aspect("equal", adjustable="datalim")
    axis.spines[:].set_color("#cccccc")
    handles, labels = axis.get_legend_handles_labels()
    grey = sum(label.startswith(("no label (", "others (")) for label in labels)
    entries = (handles[grey:] + handles[:grey], labels[grey:] + labels[:grey])
    legend = axis.legend(
        *entries,
        loc="upper left",
        bbox_to_anchor=(0, -0.01),
        ncols=min(3, ceil(len(labels) / 2)),
        fontsize=9,
        handletextpad=0.2,
        frameon=False,
    )
    for handle in legend.legend_handles:
        handle.set_sizes([40])


def _draw_nothing(text: str) -> Figure:
    figure = plt.figure(figsize=(8, 1))
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure
