"""The look of all figures: one style, colours by what they mean, axes, legends, and saving.

All colours are told apart by colour-blind readers, and none stands for two things in one figure.
"""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from bioscan.core.files import atomic

# Every module that draws imports this one, so all figures have this style.
plt.rcParams.update(
    {
        "axes.axisbelow": True,
        "axes.labelsize": 10,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 10,
        "figure.titlesize": 11,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.6,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
    }
)

#: Okabe and Ito's colours, without yellow, which is pale on white.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
BLACK, GREY = "#000000", "#888888"

#: Lines, of which neighbours differ.
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1.5, 1, 1.5)))

#: Whether training has the species → colour.
SPECIES_SETS = {"seen": "#009e73", "unseen": "#d55e00"}

#: Split → colour: of seen species greens, of unseen ones oranges, what is learnt from the darkest.
SPLITS = {
    "train": "#00734f",
    "val": "#3fb58a",
    "test": "#a5dcc3",
    "key_unseen": "#a33f00",
    "val_unseen": "#e07b2e",
    "test_unseen": "#f8be8c",
    "other_heldout": "#7a6a8a",
}

#: Rank → colour.
RANKS = {"species": "#0072b2", "genus": "#e69f00", "family": "#009e73", "order": "#cc79a7"}

#: Box around an insect → its name in a legend, colour and line.
BOXES = {
    "detected": ("detected (tight) box", "#d55e00", "-"),
    "extended": ("extended box, which is cut out", "#0072b2", (0, (6, 1.5))),
    "annotated": ("annotated box", "#009e73", (0, (2, 1.2))),
}

#: Values of a map: Paul Tol's "muted".
MAP_COLOURS = (
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933"),
    *("#ddcc77", "#cc6677", "#882255", "#aa4499"),
)


def line_styles(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Name → how its line and markers are drawn, as keywords of matplotlib.

    The place among the names decides, so figures that are given the same names agree. Colours
    begin anew after the sixth name, with another line and hollow markers.
    """
    given = list(dict.fromkeys(names))
    return {
        name: {
            "color": colour,
            "linestyle": dashes,
            "markerfacecolor": colour if dashes == DASHES[0] else "white",
        }
        for name, (dashes, colour) in zip(
            given, product(DASHES * (1 + len(given) // 24), COLOURS), strict=False
        )
    }


def percent_axis(axis: Axes, whole: float = 100) -> None:
    """From 0 to 100 %, with room for whole markers at both ends.

    Args:
        whole: the value that is 100 %.
    """
    axis.set_ylim(-0.04 * whole, 1.04 * whole)
    axis.set_yticks(np.linspace(0, whole, 6))
    axis.yaxis.set_major_formatter(PercentFormatter(whole, decimals=0, symbol=" %"))
    axis.grid(axis="y")


def error_bars(values: ArrayLike, low: ArrayLike, high: ArrayLike) -> np.ndarray:
    """How far intervals reach below and above their values, (2, n), for `errorbar`.

    An end that is the value itself may be rounded beyond it: it reaches no way then.
    """
    middle = np.asarray(values, float)
    return np.clip([middle - np.asarray(low, float), np.asarray(high, float) - middle], 0, None)


def legend_below(figure: Figure, columns: int, **settings: Any) -> None:
    """One legend of all panels, below them; a label that several panels have is there once."""
    found = {}
    for axis in figure.axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    if found:
        figure.legend(
            found.values(), found.keys(), loc="outside lower center", ncols=columns, **settings
        )


def save_figure(figure: Figure, *paths: Path, dpi: int = 300) -> None:
    """Write a figure to each path, in the format of its suffix, without the date of creation.

    Args:
        figure: the figure, which is closed afterwards.
        paths: the files to write.
        dpi: resolution of pixels.
    """
    for path in paths:
        kind = path.suffix.removeprefix(".")
        metadata = {"CreationDate": None} if kind == "pdf" else {"Software": None}
        with atomic(path) as partial:
            figure.savefig(partial, format=kind, dpi=dpi, metadata=metadata)
    plt.close(figure)
