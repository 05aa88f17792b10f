"""The confusion matrix."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bioscan.classify.figures import draw_confusion

CLASSES = ["Diptera", "Hemiptera", "Coleoptera"]
TARGET = np.array([0, 0, 0, 0, 1, 1])
PREDICTED = np.array([0, 0, 0, 1, 1, 2])


@pytest.fixture
def matrix():
    yield draw_confusion(TARGET, PREDICTED, CLASSES, "small_insect_order")
    plt.close("all")


def test_rows_are_shares_of_the_true_class(matrix):
    shares = matrix.axes[0].images[0].get_array()
    # No Coleoptera at all: a row of zeros, not of NaN.
    np.testing.assert_allclose(shares, [[0.75, 0.25, 0], [0, 0.5, 0.5], [0, 0, 0]])


def test_counts_stand_where_there_are_any(matrix):
    texts = {text.get_position(): text.get_text() for text in matrix.axes[0].texts}
    # (column, row)
    assert texts == {(0, 0): "3", (1, 0): "1", (1, 1): "1", (2, 1): "1"}


def test_classes_are_named_with_their_samples(matrix):
    axis = matrix.axes[0]
    assert [label.get_text() for label in axis.get_xticklabels()] == CLASSES
    assert [label.get_text() for label in axis.get_yticklabels()] == [
        "Diptera (4)",
        "Hemiptera (2)",
        "Coleoptera (0)",
    ]
    assert matrix.get_suptitle() == "small_insect_order"


def test_the_figure_renders(matrix, tmp_path):
    matrix.savefig(tmp_path / "confusion.pdf")
    assert (tmp_path / "confusion.pdf").read_bytes().startswith(b"%PDF")
