"""Figures of clusters, in colours for colour-blind readers too."""

from collections.abc import Mapping, Sequence
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bioscan.core.figures import MAP_COLOURS, SPECIES_SETS, line_styles, percent_axis
from bioscan.core.sheets import draw_notice

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

#: Markers of `draw_agreement`. There is one more than colours, so many lines differ.
MARKERS = "osD^vPX"

#: All other values, and missing ones.
OTHER, MISSING = "#b4b4b4", "#dedede"

#: Whether the training split has the species, as it is named → colour.
SEEN = {f"{name} species": colour for name, colour in SPECIES_SETS.items()}


def draw_agreement(
    scores: pl.DataFrame, title: str, encoders: Mapping[str, str], palette: Sequence[str]
) -> Figure:
    """AMI by rank, a line per encoder and a panel per modality (5M Figures 6 and A11).

    Args:
        scores: space, modality, rank, ami (percent) and samples.
        title: of the figure.
        encoders: space → its encoder.
        palette: all encoders of the run, which have a colour each.
    """
    modalities = [name for name in PANELS if name in scores["modality"]]
    if not modalities:
        return draw_notice("No specimen has a label, so there is nothing to agree with.")
    styles = line_styles(palette)
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
    figure.suptitle(title)
    for axis, modality in zip(axes[0], modalities, strict=True):
        panel = scores.filter(modality=modality).with_columns(places.alias("place"))
        for number, ((space,), line) in enumerate(panel.group_by("space", maintain_order=True)):
            line = line.sort("place")
            axis.plot(
                line["place"],
                line["ami"],
                lw=1.5,
                marker=MARKERS[number % len(MARKERS)],
                ms=5,
                label=space,
                **styles[encoders[space]],
            )
        axis.set_title(f"{PANELS[modality]}: {panel['samples'].max():,} samples")
        axis.set_xticks(range(len(ranks)), [RANKS[rank] for rank in ranks])
        axis.set_xlim(-0.3, len(ranks) - 0.7)
        percent_axis(axis)
        axis.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.1), ncols=2, handlelength=3.5)
    lowest, highest = axes[0, 0].get_ylim()
    # Agreement below chance is negative.
    axes[0, 0].set_ylim(min(lowest, scores["ami"].min() - 4), highest)
    axes[0, 0].set_ylabel("adjusted mutual information")
    return figure


def draw_map(
    specimens: pl.DataFrame,
    points: np.ndarray,
    by: str,
    of: str,
    title: str,
    coloured: Sequence[str],
) -> Figure:
    """Specimens in two dimensions: by a label, and by whether the training split has the species.

    Specimens at one point and of one colour share a dot, which grows with them. The colours lie
    above grey.

    Args:
        specimens: row of `points`, `by` (text) and seen (null where there are no keys).
        points: (distinct rows, 2).
        by: column of the first panel.
        of: what it is, in the plural, for the heading.
        coloured: the values that have a colour, each its own: maps that are given the same agree.
    """
    colours = dict(zip(coloured, MAP_COLOURS, strict=False))
    value, many = pl.col(by), specimens[by].drop_nulls().n_unique()
    shown = specimens[by].drop_nulls().unique().is_in(list(colours)).sum()
    rest = f", {shown} of them coloured" if shown < many else ""
    panels = [
        (
            pl.when(value.is_null() | value.is_in(list(colours))).then(value).otherwise(pl.lit("")),
            colours,
            f"{many:,} {of}{rest} (specimens)",
        )
    ]
    if specimens["seen"].null_count() < specimens.height:
        known = pl.when("seen").then(pl.lit("seen species")).otherwise(pl.lit("unseen species"))
        seen = pl.when(pl.col("seen").is_not_null()).then(known)
        panels.append((seen, SEEN, "is the species in the training split? (specimens)"))
    figure, axes = plt.subplots(
        1, len(panels), figsize=(6.2 * len(panels), 7.4), layout="constrained", squeeze=False
    )
    figure.suptitle(title)
    # Dots cover about a sixth of the panel if they do not overlap; at least 1 point across.
    area = float(np.clip(24_000 / specimens.height, 2.5, 40))
    largest = 1
    for axis, (value, colours, heading) in zip(axes[0], panels, strict=True):
        dots = specimens.group_by("row", value.alias("value")).agg(pl.len().alias("n"))
        _draw_points(axis, dots, points, colours, area)
        axis.set_title(heading)
        largest = max(largest, dots["n"].max())
    if largest > 1:
        _draw_sizes(figure, area, largest)
    return figure


def _draw_points(
    axis: Axes, dots: pl.DataFrame, points: np.ndarray, colours: Mapping[str, str], area: float
) -> None:
    """Args:
    dots: row of `points`; value: of `colours`, "" for another one; n, specimens.
    area: of a dot of one specimen, square points.
    """
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
    axis.spines[:].set(color="#cccccc", visible=True)
    handles, labels = axis.get_legend_handles_labels()
    grey = sum(label.startswith(("no label (", "others (")) for label in labels)
    entries = (handles[grey:] + handles[:grey], labels[grey:] + labels[:grey])
    legend = axis.legend(
        *entries,
        loc="upper left",
        bbox_to_anchor=(0, -0.01),
        ncols=min(3, ceil(len(labels) / 2)),
        handletextpad=0.2,
    )
    for handle in legend.legend_handles:
        handle.set_sizes([40])


def _draw_sizes(figure: Figure, area: float, largest: int) -> None:
    """A key of the sizes of dots, below all panels."""
    sizes = sorted({1, round(largest**0.5), largest})
    handles = [
        # A marker's size is its diameter, that of a dot its area.
        Line2D([], [], ls="", marker="o", color=OTHER, ms=(area * size**0.5) ** 0.5)
        for size in sizes
    ]
    figure.legend(
        handles,
        [f"{size:,}" for size in sizes],
        loc="outside lower left",
        ncols=len(sizes),
        handletextpad=0.2,
        title="specimens at one point",
        title_fontsize=9,
        alignment="left",
    )
