"""Saving figures, and lines that can be told apart."""

from itertools import cycle
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from bioscan.core.files import atomic

#: Lines of many: Okabe and Ito's colours, with grey for yellow, and a style each.
LINES = tuple(
    zip(
        ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#888888"),
        cycle(["-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1.5, 1, 1.5))]),
        strict=False,
    )
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
