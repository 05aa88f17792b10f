"""Figures of the accuracy of DNA models."""

import matplotlib.pyplot as plt
import polars as pl
import pytest

from bioscan.barcode.accuracies import LENGTHS, by_distance, by_length, by_rank
from bioscan.barcode.figures import EVALUATIONS, FIGURES, draw_distances, draw_lengths, draw_ranks
from bioscan.barcode.tables import Answers, accuracy_rows, describe, describe_search
from tests.unit.barcode.test_accuracies import ANSWERS, EXACT
from tests.unit.barcode.test_tables import SEQUENCES


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def models() -> list[Answers]:
    """A search, and one model by three evaluations and two poolings."""
    found = [ANSWERS]
    for evaluation in ("fine_tuned", "linear_probe", "1nn_probe"):
        for pooling in ("masked", "released"):
            row = {"table": "models", "encoder": "CNN", "evaluation": evaluation}
            row |= {"pooling": pooling, "recipe": None}
            facts = describe(row, {"dna": "cnn"}, None, 0, 500)
            found.append(Answers(facts, ANSWERS.predictions))
    return found


def lines(axis) -> dict[str, list[float]]:
    """Label → heights of the points of each line."""
    return {
        bars.get_label(): list(bars.lines[0].get_ydata())
        for bars in axis.containers
        if bars.get_label()
    }


def test_each_panel_has_the_evaluations_that_are_for_it():
    figure = draw_ranks(by_rank(accuracy_rows(models(), SEQUENCES)), ["lite0", "CNN"])
    known, unseen = map(lines, figure.axes)
    assert set(known) == {
        "Exact search",
        "CNN baseline, fine-tuned",
        "CNN baseline, linear probe",
    }
    assert set(unseen) == {"Exact search", "CNN baseline, 1-NN"}
    colours = [
        {bars.get_label(): bars.lines[0].get_color() for bars in axis.containers}
        for axis in figure.axes
    ]
    assert colours[0]["Exact search"] == colours[1]["Exact search"]
    assert colours[0]["CNN baseline, fine-tuned"] == colours[1]["CNN baseline, 1-NN"]
    # Genus and species; order and family have no label here.
    assert known["Exact search"] == [50, 50]
    assert unseen["Exact search"] == [50]


def test_dots_of_a_place_stand_beside_each_other_in_the_order_of_the_legend():
    figure = draw_ranks(by_rank(accuracy_rows(models(), SEQUENCES)), ["CNN"])
    axis = figure.axes[0]
    first = [bars.lines[0].get_xdata()[0] for bars in axis.containers]
    assert first == sorted(set(first))
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert legend == [bars.get_label() for bars in axis.containers]
    assert all(bars.lines[0].get_linestyle() == "None" for bars in axis.containers)


def test_places_say_how_many_queries_there_are():
    figure = draw_distances(by_distance(models(), SEQUENCES, EXACT), ["CNN"])
    texts = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert texts[0] == "0\nn = 1" and texts[-1] == "> 12\nn = 1"
    # Distances without a query are left out, the others have both ends.
    assert len(texts) == 4 and all(" to " in text for text in texts[1:-1])
    assert lines(figure.axes[0])["Exact search"] == [100, 100, 0, 0]


def test_lengths_have_a_line_per_rank():
    parts = [
        ANSWERS.predictions.with_columns(
            pl.lit(length).alias("length"), pl.Series("identity", [1.0, 1, 0.9, 0.8])
        )
        for length in LENGTHS
    ]
    figure = draw_lengths(by_length(pl.concat(parts), SEQUENCES), [])
    known, unseen, novelty = figure.axes
    assert {"species", "genus"} <= set(lines(known))
    assert len(lines(known)["species"]) == len(LENGTHS)
    assert "species" not in lines(unseen)
    assert list(novelty.lines[0].get_ydata()) == [100] * 4
    # One axis for all, and ranks beside each other.
    assert len({axis.get_ylim() for axis in figure.axes}) == 1
    starts = [
        bars.lines[0].get_xdata()[0] for bars in known.containers if bars.lines[0].get_xdata().size
    ]
    assert len(set(starts)) == len(starts) >= 2


def test_every_evaluation_has_a_style():
    rows = ["fine_tuned", "linear_probe", "1nn_probe", "1nn_probe_centred"]
    rows += [describe_search(method)["evaluation"] for method in ("exact", "blastn")]
    assert set(rows) == set(EVALUATIONS)
    assert set(FIGURES) == {"ranks", "distances", "lengths"}
