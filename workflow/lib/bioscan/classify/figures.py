"""Figures of the classification experiments."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure


def draw_confusion(
    target: np.ndarray, predicted: np.ndarray, classes: Sequence[str], title: str
) -> Figure:
    """Row-normalised confusion matrix, with counts where there is room for them.

    Args:
        target, predicted: (n,) classes as places in `classes`.
    """
    size = len(classes)
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, (target, predicted), 1)
    support = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, support, out=np.zeros(counts.shape), where=support > 0)
    side = max(5.0, 0.42 * size + 2.2)
    figure, axis = plt.subplots(figsize=(side, side), layout="constrained")
    image = axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axis.set_xticks(range(size), classes, rotation=90)
    axis.set_yticks(
        range(size), [f"{name} ({n})" for name, n in zip(classes, support[:, 0], strict=True)]
    )
    axis.set_xlabel("predicted")
    axis.set_ylabel("true (samples)")
    figure.suptitle(title, fontsize=10)
    for row, column in np.argwhere(counts):
        axis.text(
            column,
            row,
            counts[row, column],
            ha="center",
            va="center",
            fontsize=7,
            color="white" if share[row, column] > 0.6 else "black",
        )
    figure.colorbar(image, ax=axis, label="share of the true class", shrink=0.6)
    return figure
