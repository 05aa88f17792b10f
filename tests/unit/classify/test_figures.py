"""The figures, read from their drawn elements."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from bioscan.classify.figures import Trained, draw_accuracy, draw_confusion, draw_curves
from bioscan.core.intervals import wilson_interval

NAN = float("nan")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def written(figure: Figure) -> list[Text]:
    """The texts of a drawn figure that can be seen."""
    figure.draw_without_rendering()
    texts = (text for text in figure.findobj(Text) if text.get_visible() and text.get_text())
    # A tick beyond the limits of its axis is kept, and not drawn.
    hidden = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
        if not axis.get_view_interval().min() <= tick.get_loc() <= axis.get_view_interval().max()
    }
    return [text for text in texts if text not in hidden]


def assert_legible(figure: Figure) -> None:
    """No text reaches over the edge or into another text."""
    texts = written(figure)
    boxes = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text
    for (one, a), (other, b) in combinations(zip(texts, boxes, strict=True), 2):
        # Boxes are as high as a line, the letters in it are not.
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, high) < 2, (one, other)


def labels(ticks: list[Text]) -> list[str]:
    return [tick.get_text() for tick in ticks]


def many(size: int) -> tuple[np.ndarray, list[str]]:
    """Samples of each class, from a hundred thousand to a few, and names as long as a family's."""
    return np.geomspace(130_000, 3, size).astype(int), [f"Ceratopogon{n:02d}" for n in range(size)]


# Confusion

CLASSES = ["Hemiptera", "Coleoptera", "Diptera"]
TARGET = np.array([2, 2, 2, 2, 0, 0])
PREDICTED = np.array([2, 2, 2, 0, 0, 1])


@pytest.fixture
def confusion():
    return draw_confusion(TARGET, PREDICTED, CLASSES, "small_insect_order")


def test_samples_are_counted_and_the_largest_class_comes_first(confusion):
    (cells,) = confusion.axes[0].collections
    # Rows and columns: Diptera, Hemiptera, Coleoptera.
    assert cells.get_array().tolist() == [[3, 1, None], [None, 1, 1], [None, None, None]]
    texts = {text.get_position(): text.get_text() for text in confusion.axes[0].texts}
    # (column, row)
    assert texts == {(0, 0): "3", (1, 0): "1", (1, 1): "1", (2, 1): "1"}


def test_percents_are_of_the_true_class(confusion):
    (cells,) = confusion.axes[1].collections
    # No Coleoptera at all: an empty row.
    assert cells.get_array().tolist() == [[75, 25, None], [None, 50, 50], [None, None, None]]
    assert labels(confusion.axes[1].texts) == ["75.0", "25.0", "50.0", "50.0"]


def test_the_first_row_is_on_top(confusion):
    for axis in confusion.axes[:2]:
        assert axis.get_ylim() == (2.5, -0.5)


def test_rows_are_named_with_their_samples(confusion):
    axis = confusion.axes[0]
    assert labels(axis.get_xticklabels()) == ["Diptera", "Hemiptera", "Coleoptera"]
    assert labels(axis.get_yticklabels()) == ["Diptera (4)", "Hemiptera (2)", "Coleoptera (0)"]
    assert confusion.get_suptitle() == "small_insect_order"


def test_few_of_many_are_neither_none_nor_all():
    target = np.zeros(10_000, dtype=int)
    predicted = target.copy()
    predicted[0] = 1
    shares = draw_confusion(target, predicted, ["Diptera", "Hemiptera"], "").axes[1]
    assert labels(shares.texts) == ["100.0", "<0.1"]
    shares = draw_confusion(target, target, ["Diptera", "Hemiptera"], "").axes[1]
    assert labels(shares.texts) == ["100"]


def test_a_rare_class_has_a_colour_of_its_own():
    target = np.repeat([0, 1, 2], [100_000, 100, 1])
    figure = draw_confusion(target, target, CLASSES, "")
    figure.draw_without_rendering()
    colours = figure.axes[0].collections[0].get_facecolor().reshape(3, 3, 4)
    brightness = colours.diagonal()[:3].mean(axis=0)
    assert brightness[0] + 0.1 < brightness[1] < brightness[2] - 0.1 < 0.9


@pytest.mark.parametrize("size", [2, 6, 16, 40])
def test_a_confusion_matrix_is_legible(size):
    counts, classes = many(size)
    # Each class as itself, and some samples as its neighbour.
    target = np.repeat(np.arange(size), counts)
    predicted = np.where(np.arange(len(target)) % 9, target, (target + 1) % size)
    assert_legible(draw_confusion(target, predicted, classes, "large_diptera_family: vit, ce"))


@pytest.mark.parametrize("samples", [0, 1])
def test_an_empty_split_is_drawn(samples):
    target = np.zeros(samples, dtype=int)
    draw_confusion(target, target, CLASSES, "").draw_without_rendering()


# Accuracy

TRAINING = np.array([4, 40, 400, 2])
SUPPORT = np.array([10, 20, 90, 0], dtype=np.uint32)  # as Polars counts
RECALL = np.array([[0.5, 0.7, 1.0, NAN], [0.7, 0.7, 0.9, NAN]])
NAMES = ["Psocodea", "Hemiptera", "Diptera", "Embioptera"]


@pytest.fixture
def accuracy():
    return draw_accuracy(TRAINING, SUPPORT, RECALL, NAMES, "small_insect_order")


def test_classes_are_ordered_by_their_test_samples(accuracy):
    assert labels(accuracy.axes[1].get_xticklabels()) == [
        "Diptera",
        "Hemiptera",
        "Psocodea",
        "Embioptera",
    ]


def test_bars_are_as_high_as_the_classes_are_large(accuracy):
    train, test = accuracy.axes[1].containers
    assert [bar.get_height() for bar in train] == [400, 40, 4, 2]
    assert [bar.get_height() for bar in test] == [90, 20, 10, 0]
    title = accuracy.axes[1].get_title(loc="left")
    assert title == "class imbalance in train: β = 400 / 2 = 200.00"


def test_a_class_without_training_samples_is_no_part_of_the_imbalance():
    figure = draw_accuracy(np.array([9, 3, 0, 0]), SUPPORT, RECALL, NAMES, "")
    assert figure.axes[1].get_title(loc="left").endswith("β = 9 / 3 = 3.00")


def test_accuracy_is_the_mean_of_the_seeds_with_the_interval_of_the_test_samples(accuracy):
    dots, _, (ranges,) = accuracy.axes[0].containers[0]
    np.testing.assert_allclose(dots.get_ydata(), [0.95, 0.7, 0.6, NAN])
    ends = [segment[:, 1] for segment in ranges.get_segments()[:3]]
    expected = [wilson_interval(*of) for of in ((0.95, 90), (0.7, 20), (0.6, 10))]
    np.testing.assert_allclose(ends, expected)


def test_each_of_several_seeds_is_marked(accuracy):
    first, second, *_ = accuracy.axes[0].lines
    np.testing.assert_allclose(first.get_ydata(), [1.0, 0.7, 0.5, NAN])
    np.testing.assert_allclose(second.get_ydata(), [0.9, 0.7, 0.7, NAN])


def test_micro_and_macro_are_named(accuracy):
    # (90 · 0.95 + 20 · 0.7 + 10 · 0.6) / 120, and (0.95 + 0.7 + 0.6) / 3
    assert labels(accuracy.axes[0].get_legend().get_texts()) == [
        "each of 2 seeds",
        "micro 87.9 %",
        "macro 75.0 %",
        "class, 95 % interval",
    ]


def test_one_seed_is_not_marked_twice():
    figure = draw_accuracy(TRAINING, SUPPORT, RECALL[:1], NAMES, "")
    assert "seed" not in " ".join(labels(figure.axes[0].get_legend().get_texts()))


@pytest.mark.parametrize("lowest", [0.0, 0.3, 0.9])
def test_the_axis_holds_every_class(lowest):
    recall = np.array([[lowest, 1, 1, NAN]])
    bottom, top = draw_accuracy(TRAINING, SUPPORT, recall, NAMES, "").axes[0].get_ylim()
    assert -0.1 < bottom < 0 and 1 < top < 1.1


@pytest.mark.parametrize("size", [2, 6, 16, 40])
def test_accuracies_are_legible(size):
    counts, classes = many(size)
    recall = np.linspace(1, 0.3, 3 * size).reshape(3, size)
    assert_legible(draw_accuracy(3 * counts, counts, recall, classes, "large_diptera_family"))


# Training


def history(loss: list[float], top1: float = 0.5) -> pl.DataFrame:
    """The validation loss of each epoch; the other columns are constant."""
    return pl.DataFrame({"epoch": range(len(loss)), "val_loss": loss}).with_columns(
        train_loss=pl.lit(0.25), val_top1=pl.lit(top1), val_macro_top1=pl.lit(top1 / 2)
    )


def trained(backbone: str, loss: str = "ce") -> Trained:
    return Trained(backbone, loss, loss)


@pytest.fixture
def curves():
    seeds = [history([4.0, 2.0, 1.0]), history([2.0, 1.0])]
    histories = {trained("resnet50"): seeds, trained("vit"): [history([3.0])]}
    return draw_curves(histories, "small_insect_order", ["vit", "resnet50"])


def test_a_panel_shows_its_column(curves):
    values = [axis.lines[0].get_ydata()[0] for axis in curves.axes]
    assert values == [0.25, 3.0, 0.5, 0.25]
    assert [axis.get_title(loc="left") for axis in curves.axes] == [
        "training loss",
        "validation loss",
        "validation top-1, micro",
        "validation top-1, macro",
    ]


def test_a_line_is_the_mean_of_the_seeds_that_have_the_epoch(curves):
    several, single = curves.axes[1].lines
    assert several.get_xdata().tolist() == [0, 1, 2]
    assert several.get_ydata().tolist() == [3.0, 1.5, 1.0]
    assert single.get_ydata().tolist() == [3.0]


def test_a_band_is_the_range_of_the_seeds(curves):
    (band,) = curves.axes[1].collections  # none of the model with one seed
    corners = band.get_paths()[0].vertices
    edges = {x: set(corners[corners[:, 0] == x, 1].tolist()) for x in range(3)}
    assert edges == {0: {2.0, 4.0}, 1: {1.0, 2.0}, 2: {1.0}}
    (legend,) = curves.legends
    assert (
        legend.get_title().get_text()
        == "line: mean of the seeds, band: lowest to highest of several"
    )
    assert labels(legend.get_texts()) == ["resnet50, ce (2 seeds)", "vit, ce (1 seed)"]


def test_losses_that_cannot_be_compared_have_panels_of_their_own():
    histories = {
        trained("vit"): [history([4.0, 2.0])],
        trained("vit", "focal"): [history([1.0, 0.5])],
    }
    figure = draw_curves(histories, "", ["vit"])
    shown = [[line.get_ydata()[0] for line in axis.lines] for axis in figure.axes]
    assert shown == [[0.25], [4.0], [0.25], [1.0], [0.5, 0.5], [0.25, 0.25]]
    units = [axis.get_ylabel() for axis in figure.axes[::2]]
    assert units == ["cross-entropy (log scale)", "focal loss (log scale)", "top-1 accuracy"]
    # One backbone has one colour, its losses differ by their lines.
    one, other = figure.axes[4].lines
    assert one.get_color() == other.get_color() and one.get_linestyle() != other.get_linestyle()


def test_the_palette_decides_the_colour_of_a_backbone(curves):
    alone = draw_curves({trained("vit"): [history([3.0])]}, "", ["vit", "resnet50"])
    assert alone.axes[0].lines[0].get_color() == curves.axes[0].lines[1].get_color()


def test_without_bands_none_is_explained():
    (legend,) = draw_curves({trained("vit"): [history([3.0, 2.0])]}, "", ["vit"]).legends
    assert legend.get_title().get_text() == ""


def test_one_epoch_is_a_dot(curves):
    several, single = curves.axes[1].lines
    assert (several.get_marker(), single.get_marker()) == ("None", ".")


def test_epochs_are_whole():
    for epochs in (1, 2, 3, 100):
        axis = draw_curves({trained("vit"): [history([3.0] * epochs)]}, "", ["vit"]).axes[2]
        ticks = axis.get_xticks()
        assert 0 in ticks and (ticks == ticks.astype(int)).all()


def test_no_model_is_left_out():
    names = [f"model {n}" for n in range(9)]
    figure = draw_curves({trained(name): [history([3.0, 2.0])] for name in names}, "", names)
    assert len(figure.axes[0].lines) == 9
    shown = labels(figure.legends[0].get_texts())
    assert shown == [f"{name}, ce (1 seed)" for name in names]


@pytest.mark.parametrize("models", [1, 2, 5, 8])
@pytest.mark.parametrize("name", ["vit", "vit_base_patch16_224, cropped_256"])
def test_curves_are_legible(models, name):
    seeds = [history(np.geomspace(2, last, 40).tolist()) for last in (0.04, 0.05)]
    names = [f"{name} {n}" for n in range(models)]
    histories = {trained(one, ("ce", "focal")[n % 2]): seeds for n, one in enumerate(names)}
    assert_legible(draw_curves(histories, "small_diptera_family", names))
