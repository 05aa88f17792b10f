"""Figures of accuracies."""

import matplotlib.pyplot as plt
import polars as pl
import pytest

from bioscan.core.intervals import wilson_interval
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.damage import AMOUNTS, WHOLE
from bioscan.retrieve.figures import draw_accuracy, draw_damage
from bioscan.retrieve.tables import GROUPS


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_accuracy_has_a_panel_per_group_and_pair_and_a_line_per_model():
    rows = [
        (
            model,
            query,
            "dna",
            "nearest",
            level,
            group,
            split,
            "macro",
            1,
            90.0 - 20 * place,
            sd,
            n,
            7,
        )
        for model, sd, n in (("aligned", 2.0, 3), ("unaligned", None, 1))
        for query in ("dna", "image")
        for group, split in GROUPS.items()
        for place, level in enumerate(TEXT_RANKS)
    ]
    columns = ["model", "query", "key", "answer", "level", "group", "split", "average", "top"]
    table = pl.DataFrame(rows, [*columns, "value", "sd", "seeds", "queries"], orient="row")
    figure = draw_accuracy(table, "small")
    assert [panel.get_title(loc="left") for panel in figure.axes] == [
        f"{pair}, {group} species: {0 if pair == 'image to image' else 7} queries"
        for group in ("seen", "unseen")
        for pair in ("DNA to DNA", "image to image", "image to DNA")
    ]
    names = ["aligned (3 seeds)", "unaligned (1 seed)"]
    drawn = [panel.get_legend_handles_labels()[1] for panel in figure.axes]
    assert drawn == [names, [], names] * 2
    line = figure.axes[0].containers[0].lines[0]
    assert line.get_ydata().tolist() == [90, 70, 50, 30]


def test_damage_has_a_panel_per_kind_rank_and_group_and_the_image_beside():
    rows = [
        ("genus", group, GROUPS[group], "micro", 1, kind, float(amount), query, 50.0 + place, 7)
        for group in ("seen", "unseen")
        for query in ("dna", "joint")
        for kind, amounts in AMOUNTS.items()
        for place, amount in enumerate(amounts)
    ]
    rows += [
        (level, "seen", "test", "micro", 1, WHOLE, 0.0, "image", 20.0, 7)
        for level in ("genus", "order")
    ]
    columns = ["level", "group", "split", "average", "top", "kind", "amount", "query"]
    table = pl.DataFrame(rows, [*columns, "value", "queries"], orient="row")
    figure = draw_damage(table, "m", "small")
    assert len(figure.axes) == 12
    first = figure.axes[0]
    names = {"barcode", "barcode and image", "image alone"}
    assert set(first.get_legend_handles_labels()[1]) == names
    assert first.get_title(loc="left") == "genus of seen species: 7 queries"
    bars = first.containers[0]
    assert bars.lines[0].get_xdata().tolist() == sorted(AMOUNTS["length"])
    # 50 % of 7 queries, of the shortest barcode or the longest.
    ends = [segment[:, 1].tolist() for segment in bars.lines[2][0].get_segments()]
    assert [100 * end for end in wilson_interval(0.5, 7)] in [pytest.approx(pair) for pair in ends]
    assert figure.get_suptitle() == "small, m: damaged barcodes"
    # There is no species: the panels stay empty.
    assert not figure.axes[6].get_lines()
