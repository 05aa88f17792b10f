"""The histograms count every box once, and images without a box separately."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import polars as pl
import pytest

from bioscan.core.figures import save_figure
from bioscan.image.distributions import draw_distributions

SCHEMA = {
    "status": pl.Enum(["ok", "no_insect", "unreadable"]),
    "score": pl.Float32,
    "area_fraction": pl.Float64,
    "scale_factor": pl.Float64,
}

ROWS = [
    ("ok", 0.9, 0.1, 1.0),
    ("ok", 1.0, 1.0, 3.0),
    ("ok", 0.55, 0.0001, 0.01),
    ("no_insect", 0.2, None, None),
    ("no_insect", 0.0, None, None),
    ("unreadable", None, None, None),
]


def boxes(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def heights(axis) -> float:
    return sum(bar.get_height() for bar in axis.patches)


def test_every_box_is_counted_once_however_small_or_large():
    figure = draw_distributions(boxes(ROWS), 0.5)
    scores, fractions, scales = figure.axes
    assert [heights(axis) for axis in (scores, fractions, scales)] == [5, 3, 3]
    legend = [text.get_text() for text in scores.get_legend().get_texts()]
    assert legend == ["insect (3)", "no insect (2)", "threshold 0.5"]
    assert scores.lines[0].get_xdata() == [0.5, 0.5]
    assert [axis.get_title(loc="left") for axis in figure.axes] == [
        "5 images",
        "3 boxes, median 0.1 (dashed)",
        "3 boxes, median 1 (dashed)",
    ]
    plt.close(figure)


@pytest.mark.parametrize("rows", [[], ROWS[3:5], ROWS[5:]])
def test_without_boxes_the_panels_say_so(tmp_path: Path, rows: list[tuple]):
    figure = draw_distributions(boxes(rows), 0.5)
    for axis in figure.axes[1:]:
        assert [text.get_text() for text in axis.texts] == ["no boxes"]
    for axis in figure.axes:
        low, high = axis.get_ylim()
        assert low == 0 and high >= 1
    save_figure(figure, tmp_path / "a.png")


@pytest.mark.parametrize("threshold", [0, 0.01, 0.3, 0.95, 0.99, 1])
def test_no_bar_is_on_both_sides_of_the_threshold(threshold: float):
    figure = draw_distributions(boxes([]), threshold)
    edges = sorted({bar.get_x() for bar in figure.axes[0].patches})
    assert any(edge == pytest.approx(threshold, abs=1e-9) for edge in [*edges, 1])
    assert edges[0] == pytest.approx(0, abs=1e-9)
    plt.close(figure)
