"""Figures of accuracies."""

import matplotlib.pyplot as plt
import polars as pl
import pytest

from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.damage import AMOUNTS, WHOLE
from bioscan.retrieve.figures import draw_accuracy, draw_damage
from bioscan.retrieve.tables import GROUPS


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_accuracy_has_a_panel_per_pair_and_a_line_per_model_and_group():
    rows = [
        (
            model,
            query,
            "dna",
            "nearest",
            level,
            group,
            GROUPS[group],
            "macro",
            1,
            90.0 - 20 * place,
            sd,
        )
        for model, sd in (("aligned", 2.0), ("unaligned", None))
        for query in ("dna", "image")
        for group in GROUPS
        for place, level in enumerate(TEXT_RANKS)
    ]
    columns = ["model", "query", "key", "answer", "level", "group", "split", "average", "top"]
    table = pl.DataFrame(rows, [*columns, "value", "sd"], orient="row")
    figure = draw_accuracy(table, "small")
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == ["DNA to DNA", "Image to Image", "Image to DNA"]
    drawn = [panel.get_legend_handles_labels()[1] for panel in figure.axes]
    names = [
        f"{model}, {group}" for model in ("aligned", "unaligned") for group in ("seen", "unseen")
    ]
    assert drawn == [names, [], names]
    line = figure.axes[0].containers[0].lines[0]
    assert line.get_ydata().tolist() == [90, 70, 50, 30]


def test_damage_has_a_panel_per_kind_and_rank_and_the_image_beside():
    rows = [
        ("genus", group, "micro", kind, float(amount), query, 50.0 + place, 7)
        for group in ("seen", "unseen")
        for query in ("dna", "joint")
        for kind, amounts in AMOUNTS.items()
        for place, amount in enumerate(amounts)
    ]
    rows += [(level, "seen", "micro", WHOLE, 0.0, "image", 20.0, 7) for level in ("genus", "order")]
    columns = ["level", "group", "average", "kind", "amount", "query", "value", "queries"]
    figure = draw_damage(pl.DataFrame(rows, columns, orient="row"), "m", "small")
    assert len(figure.axes) == 6
    first = figure.axes[0]
    names = ["barcode, seen", "barcode and image, seen", "image, seen"]
    assert first.get_legend_handles_labels()[1][:3] == names
    assert first.get_lines()[0].get_xdata().tolist() == sorted(AMOUNTS["length"])
    assert "small, m: damaged barcodes (7 seen queries)" in figure.get_suptitle()
    # There is no species: the panels stay empty.
    assert not figure.axes[3].get_lines()
