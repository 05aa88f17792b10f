"""Saving figures."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from bioscan.core.files import atomic


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
