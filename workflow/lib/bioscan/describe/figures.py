"""Figures that describe a dataset, in colours that colour-blind readers can tell apart."""

from collections.abc import Callable, Mapping
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import squarify
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from bioscan.core.figures import COLOURS, MAP_COLOURS, SPECIES_SETS, SPLITS
from bioscan.core.records import RANKS
from bioscan.core.words import counted
from bioscan.describe.maps import draw_countries, draw_sites

#: Most classes in a panel (1M Figure 2: 16 orders, 40 families).
MOST = {"order": 16, "family": 40}

#: Panels of 5M Figures A7 to A9: one row per kind of split, seen species left, unseen ones right.
PANELS = (("train", "key_unseen"), ("val", "val_unseen"), ("test", "test_unseen"))

#: Colours of the classes of the treemap (5M has ten).
CLASSES = (*MAP_COLOURS, "#888888")

#: Squares along each side of 5M Figure A10.
SIDE = 48

#: Colours of 5M Figure A10: pretrain by the deepest labelled rank in blues, then the splits.
BLOCKS = {
    "pretrain: no label": "#f1f6fb",
    "pretrain: phylum": "#dde9f5",
    "pretrain: class": "#c2d9ee",
    "pretrain: order": "#9cc4e2",
    "pretrain: family": "#6aaad4",
    "pretrain: subfamily": "#3d8bc2",
    "pretrain: genus": "#1f6aa8",
    "pretrain: species": "#0b4680",
    **SPLITS,
}


def draw_class_distribution(records: pl.LazyFrame) -> Figure:
    """Specimens of the most populated orders and families, on a log scale (1M Figure 2)."""
    labels = records.select(list(MOST)).collect()
    figure, axes = plt.subplots(2, 1, figsize=(9, 7), layout="constrained", sharey=True)
    for axis, rank in zip(axes, MOST, strict=True):
        counts = labels[rank].drop_nulls().value_counts()
        shown = counts.sort(["count", rank], descending=[True, False]).head(MOST[rank])
        without = labels[rank].null_count()
        axis.bar(shown[rank].to_list(), shown["count"], color=COLOURS[0], width=0.75)
        axis.set_yscale("log")
        axis.set_ylim(bottom=0.8)
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_ylabel("specimens (log scale)")
        axis.grid(axis="y")
        axis.set_title(
            f"{counts.height:,} {'families' if rank == 'family' else 'orders'}"
            + (f", the largest {shown.height}" if counts.height > shown.height else "")
            + f"; {counted(counts['count'].sum(), 'specimen')}"
            + (f", {without:,} more without" if without else "")
        )
        # Names of families lie beside each other only if they stand upright.
        axis.tick_params(axis="x", rotation=90 if shown.height > 8 else 0, length=0)
        axis.margins(x=0.01)
    return figure


# Classes and orders


def draw_treemap(records: pl.LazyFrame) -> Figure:
    """Records of each class, dark, and of its orders, light (5M Figure A3).

    The largest class leaves no room for the names of the others, so they are drawn again beside it.
    """
    counts = (
        records.filter(pl.col("class").is_not_null())
        .group_by("class", pl.col("order").fill_null("unlabelled"))
        .len()
        .sort(["len", "order"], descending=[True, False])
        .collect()
    )
    classes = (
        counts.group_by("class")
        .agg(pl.col("len").sum())
        .sort(["len", "class"], descending=[True, False])
    )
    colours = dict(zip(classes["class"], cycle(CLASSES), strict=False))
    largest, others = classes.head(1), classes.slice(1)
    # Fixed positions, because the size of the names is computed from them.
    places = {"left": 0.01, "right": 0.99, "bottom": 0.02, "top": 0.94, "wspace": 0.03}
    figure, axes = plt.subplots(1, 2, figsize=(13, 7), width_ratios=[3, 2], gridspec_kw=places)
    _draw_cells(axes[0], classes, counts, colours)
    axes[0].set_title(f"{classes.height} classes, {classes['len'].sum():,} records")
    _draw_cells(axes[1], others, counts, colours)
    name = largest["class"].to_list() or ["the largest"]
    axes[1].set_title(f"all but {name[0]}, {others['len'].sum():,} records")
    return figure


def _draw_cells(
    axis: Axes, classes: pl.DataFrame, counts: pl.DataFrame, colours: Mapping[str, str]
) -> None:
    """Fill the axes, 100 × 100 units, with classes and their orders."""
    axis.set(xlim=(0, 100), ylim=(0, 100))
    axis.set_axis_off()
    for name, total, cell in _cells(classes, "class", 0, 0, 100, 100):
        axis.add_patch(Rectangle(*cell, facecolor=colours[name], edgecolor="white", linewidth=1))
        (x, y), width, height = cell
        # Each class has a margin and, where there is room, a strip on top for its name.
        strip = 5 if height > 12 and width > 12 else 0
        margin = min(0.4, width / 10, height / 10)
        inner = (x + margin, y + margin, width - 2 * margin, height - 2 * margin - strip)
        orders = counts.filter(pl.col("class") == name)
        for order, size, part in _cells(orders, "order", *inner):
            axis.add_patch(
                Rectangle(*part, facecolor=_lighter(colours[name]), edgecolor="white", lw=0.4)
            )
            _label(axis, part, f"{order}\n{size:,}", "black")
        if strip:
            top = ((x, y + height - strip), width, strip)
            _label(axis, top, f"{name} {total:,}", "white" if _is_dark(colours[name]) else "black")


def _cells(
    sizes: pl.DataFrame, name: str, x: float, y: float, width: float, height: float
) -> list[tuple[str, int, tuple[tuple[float, float], float, float]]]:
    """Divide a rectangle: name, size and (corner, width, height) of each cell, in order."""
    areas = squarify.normalize_sizes(sizes["len"].to_list(), width, height)
    cells = squarify.squarify(areas, x, y, width, height)
    return [
        (label, size, ((cell["x"], cell["y"]), cell["dx"], cell["dy"]))
        for label, size, cell in zip(sizes[name], sizes["len"], cells, strict=True)
    ]


def _label(
    axis: Axes, cell: tuple[tuple[float, float], float, float], text: str, colour: str
) -> None:
    """Write text into a cell, as large as fits, vertically in a tall cell; none in a small one."""
    (x, y), width, height = cell
    # 72 points per inch; a letter is about 0.6 times its size wide, and a line 1.3 times high.
    inches = axis.get_position().bounds[2:] * axis.figure.get_size_inches()
    room = 72 * inches * (width, height) / 100
    letters = 0.6 * max(map(len, text.split("\n"))) + 1
    lines = 1.3 * (text.count("\n") + 1)
    level, vertical = (room / (letters, lines)).min(), (room / (lines, letters)).min()
    turned = level < 6 < vertical
    size = min(14, vertical if turned else level)
    if size >= 4:
        axis.text(
            x + width / 2,
            y + height / 2,
            text,
            color=colour,
            fontsize=size,
            rotation=90 if turned else 0,
            ha="center",
            va="center",
        )


def _lighter(colour: str) -> tuple[float, float, float]:
    """Two thirds of the way to white."""
    return tuple(1 - (1 - part) / 3 for part in to_rgb(colour))


def _is_dark(colour: str) -> bool:
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) < 0.5


# Species


def draw_samples_per_species(records: pl.LazyFrame) -> Figure:
    """Samples of each species in its set and in each split (5M Figure A7)."""
    return _draw_per_species(count_per_species(records, pl.len()), "samples")


def draw_barcodes_per_species(records: pl.LazyFrame) -> Figure:
    """Barcodes of each species in its set and in each split (5M Figure A8)."""
    barcodes = pl.col("dna_barcode").drop_nulls().n_unique()
    return _draw_per_species(count_per_species(records, barcodes), "barcodes")


def draw_prevalence(records: pl.LazyFrame) -> Figure:
    """Number of species by their number of samples, one panel per split (5M Figure A9)."""
    counts = count_per_species(records, pl.len())
    figure, panels = _draw_panels(counts, sharex=True)
    for axis, split, colour, species in panels:
        for column, marks in (
            ("whole", {"color": "#b0b0b0", "label": "species set", "marker": "s"}),
            (split, {"color": colour, "label": split, "marker": "o"}),
        ):
            prevalence = species[column].drop_nulls().value_counts(name="species")
            axis.plot(prevalence[column], prevalence["species"], ls="none", ms=3.5, **marks)
        axis.set(xscale="log", yscale="log")
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.legend(loc="upper right")
    figure.axes[0].set(xlim=(0.8, None), ylim=(0.8, None))  # all panels' axes
    figure.supxlabel("samples of a species (log scale)", fontsize=10)
    figure.supylabel("species with so many samples (log scale)", fontsize=10)
    return figure


def count_per_species(records: pl.LazyFrame, quantity: pl.Expr) -> pl.DataFrame:
    """A quantity of each species: species_set, species, `whole`, one column per split of PANELS.

    Sorted by `whole`, the largest first; null where a split has no sample of the species.
    """
    named = records.filter(pl.col("species").is_not_null())
    species = ["species_set", "species"]
    whole = named.group_by(species).agg(quantity.alias("whole"))
    splits = named.group_by(*species, "split").agg(quantity.alias("quantity")).collect()
    wide = whole.collect()
    for split in (split for row in PANELS for split in row):
        part = splits.filter(split=split).select(*species, pl.col("quantity").alias(split))
        wide = wide.join(part, on=species, how="left")
    return wide.sort(["whole", "species"], descending=[True, False])


def _draw_panels(
    counts: pl.DataFrame, sharex: bool
) -> tuple[Figure, list[tuple[Axes, str, str, pl.DataFrame]]]:
    """One empty panel per split: the axes, the split, its colour and the species of its set."""
    figure, axes = plt.subplots(
        3, 2, figsize=(9, 9), layout="constrained", sharey=True, sharex="all" if sharex else "col"
    )
    panels = []
    for row, splits in zip(axes, PANELS, strict=True):
        for axis, split, (species_set, colour) in zip(
            row, splits, SPECIES_SETS.items(), strict=True
        ):
            species = counts.filter(species_set=species_set)
            held = species[split].count()
            axis.set_title(f"{split}: {held:,} of {species.height:,} {species_set} species")
            panels.append((axis, split, colour, species))
    return figure, panels


def _draw_per_species(counts: pl.DataFrame, quantity: str) -> Figure:
    """Species along the axis, the most populated first: their set a line, the split dots."""
    figure, panels = _draw_panels(counts, sharex=False)
    for axis, split, colour, species in panels:
        places = np.arange(1, species.height + 1)
        # Thousands of dots are embedded in the PDF as an image.
        axis.plot(places, species[split], ".", color=colour, ms=3, label=split, rasterized=True)
        axis.plot(places, species["whole"], color="#404040", lw=1.2, label="species set")
        axis.set_yscale("log")
        axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.legend(loc="upper right")
    figure.axes[0].set_ylim(bottom=0.8)  # all panels' axes
    figure.supxlabel(f"species, the one with the most {quantity} first", fontsize=10)
    figure.supylabel(f"{quantity} of a species (log scale)", fontsize=10)
    return figure


# Partitions


def draw_partitions(records: pl.LazyFrame) -> Figure:
    """Samples of each partition as squares (5M Figure A10)."""
    sizes = count_blocks(records)
    squares = share_out(np.array(list(sizes.values())), SIDE**2)
    # The grid is filled column by column, each from the bottom up.
    grid = np.repeat(np.arange(len(sizes)), squares).reshape(SIDE, SIDE).T
    figure, axis = plt.subplots(figsize=(10, 6.4), layout="constrained")
    colours = [BLOCKS[name] for name in sizes]
    axis.pcolormesh(
        grid, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(sizes) - 0.5, ec="white", lw=0.6
    )
    axis.set_aspect("equal")
    axis.set_axis_off()
    total = sum(sizes.values())
    axis.set_title(f"{total:,} samples, {total / SIDE**2:,.4g} per square")
    axis.legend(
        [Patch(facecolor=colour, edgecolor="#808080", linewidth=0.3) for colour in colours],
        [f"{name}  {size:,} ({size / total:.1%})" for name, size in sizes.items()],
        loc="center left",
        bbox_to_anchor=(1, 0.5),
    )
    return figure


def count_blocks(records: pl.LazyFrame) -> dict[str, int]:
    """Samples of each of BLOCKS that has any, in their order."""
    deepest = pl.coalesce(
        *(pl.when(pl.col(rank).is_not_null()).then(pl.lit(rank)) for rank in reversed(RANKS)),
        pl.lit("no label"),
    )
    pretrain = pl.format("pretrain: {}", deepest)
    block = pl.when(pl.col("split") == "pretrain").then(pretrain).otherwise("split")
    counted = dict(records.group_by(block.alias("block")).len().collect().iter_rows())
    return {name: counted[name] for name in BLOCKS if name in counted}


def share_out(sizes: np.ndarray, squares: int) -> np.ndarray:
    """Divide squares in proportion, the rest by the largest remainders (Hamilton's method)."""
    exact = squares * sizes / sizes.sum()
    whole = exact.astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: squares - whole.sum()]] += 1
    return whole


#: File name of every figure → the function that draws it from a dataset's records.
FIGURES: dict[str, Callable[[pl.LazyFrame], Figure]] = {
    "bioscan1m_figure2": draw_class_distribution,
    "bioscan5m_figure3": draw_sites,
    "bioscan5m_figureA1": draw_countries,
    "bioscan5m_figureA3": draw_treemap,
    "bioscan5m_figureA7": draw_samples_per_species,
    "bioscan5m_figureA8": draw_barcodes_per_species,
    "bioscan5m_figureA9": draw_prevalence,
    "bioscan5m_figureA10": draw_partitions,
    "classes": draw_class_distribution,
}
