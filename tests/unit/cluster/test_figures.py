"""Figures of clusters."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from bioscan.cluster.figures import SEEN, draw_agreement, draw_map
from bioscan.core.figures import MAP_COLOURS


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def scores(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    table = pl.DataFrame(rows, ["space", "modality", "rank", "ami"], orient="row")
    return table.with_columns(samples=pl.lit(1200))


def draw_scores(table: pl.DataFrame) -> Figure:
    """The figure of spaces that are named after their encoders."""
    names = table["space"].unique(maintain_order=True).to_list()
    return draw_agreement(table, "invented", dict(zip(names, names, strict=True)), names)


def test_agreement_has_a_panel_per_modality_and_ranks_from_coarse_to_fine():
    figure = draw_scores(
        scores(
            ("lite0", "image", "species", 30),
            ("lite0", "image", "order", 50),
            ("lite0", "image", "dna_bin", 25),
            ("kmer_counts", "dna", "order", 40),
            ("hyenadna", "dna", "order", 60),
        )
    )
    images, dna = figure.axes
    assert [axis.get_title("left") for axis in figure.axes] == [
        "images: 1,200 samples",
        "DNA: 1,200 samples",
    ]
    assert [label.get_text() for label in images.get_xticklabels()] == ["order", "species", "BIN"]
    (line,) = images.lines
    assert list(line.get_xdata()) == [0, 1, 2]
    assert list(line.get_ydata()) == pytest.approx([50, 30, 25])
    assert [line.get_label() for line in dna.lines] == ["kmer_counts", "hyenadna"]


def test_negative_agreement_is_within_the_axis():
    figure = draw_scores(scores(("lite0", "image", "order", -8)))
    assert figure.axes[0].get_ylim()[0] < -8


def test_lines_of_many_encoders_differ():
    many = [(f"e{n}", "dna", "order", 2.5 * n) for n in range(40)]
    lines = draw_scores(scores(*many)).axes[0].lines
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 40


def test_without_labels_the_figure_says_so():
    empty = pl.DataFrame(schema=scores(("a", "dna", "order", 10)).schema)
    assert "No specimen has a label" in draw_scores(empty).texts[0].get_text()


def specimens(families: list[str | None], seen: list[bool | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": range(len(families)), "family": families, "seen": seen},
        {"row": pl.UInt32, "family": pl.String, "seen": pl.Boolean},
    )


def legend(figure: Figure, panel: int) -> list[str]:
    return [text.get_text() for text in figure.axes[panel].get_legend().get_texts()]


def drawn(figure: Figure, panel: int) -> list[tuple[str, int]]:
    """Colour and number of the dots of each label, in the order of drawing."""
    return [
        (to_hex(dots.get_facecolor()[0]), len(dots.get_offsets()))
        for dots in figure.axes[panel].collections
    ]


def draw(found: pl.DataFrame, coloured: Sequence[str] = ("F", "G")) -> Figure:
    points = np.random.default_rng(0).normal(size=(found["row"].max() + 1, 2))
    return draw_map(found, points, "family", "families", "invented", coloured)


def test_frequent_families_have_a_colour_and_lie_above_the_grey_rest():
    families = [f"F{n}" for n in range(11) for _ in range(20 - n)] + [None] * 3
    nine = [f"F{n}" for n in range(9)]
    figure = draw(specimens(families, [True] * len(families)), nine)
    assert figure.axes[0].get_title("left") == "11 families, 9 of them coloured (specimens)"
    assert [entry.split(" (")[0] for entry in legend(figure, 0)] == [
        *(f"F{n}" for n in range(9)),
        "no label",
        "others",
    ]
    assert legend(figure, 0)[-2:] == ["no label (3)", "others (21)"]
    assert [colour for colour, _ in drawn(figure, 0)[2:]] == list(MAP_COLOURS)


def test_a_few_families_are_all_named():
    figure = draw(specimens(["F", "G", None], [None] * 3))
    assert figure.axes[0].get_title("left") == "2 families (specimens)"


def test_a_family_has_one_colour_on_maps_that_hold_other_families():
    coloured = ["F", "G", "H"]
    one, other = (draw(specimens(list(names), [None] * 2), coloured) for names in ("FH", "GH"))
    assert drawn(one, 0)[1] == drawn(other, 0)[1] == (MAP_COLOURS[2], 1)
    assert legend(other, 0) == ["G (1)", "H (1)"]


def test_seen_and_unseen_species_have_a_panel():
    figure = draw(specimens(["F"] * 4, [True, False, False, None]))
    assert legend(figure, 1) == ["seen species (1)", "unseen species (2)", "no label (1)"]
    assert [colour for colour, _ in drawn(figure, 1)[1:]] == list(SEEN.values())


def test_without_keys_nothing_is_seen_or_unseen():
    assert len(draw(specimens(["F", None], [None, None])).axes) == 1


def test_specimens_at_one_point_share_a_dot_that_grows():
    found = specimens(["F"] * 5, [None] * 5).with_columns(
        row=pl.Series([0, 0, 0, 0, 1], dtype=pl.UInt32)
    )
    figure = draw(found)
    (dots,) = figure.axes[0].collections
    large, small = dots.get_sizes()
    assert large == pytest.approx(2 * small)
    (key,) = figure.legends
    assert [text.get_text() for text in key.get_texts()] == ["1", "2", "4"]
    sizes = [handle.get_markersize() ** 2 for handle in key.legend_handles]
    assert (sizes[0], sizes[2]) == (pytest.approx(small), pytest.approx(large))


def test_without_shared_points_there_is_no_key_of_sizes():
    assert not draw(specimens(["F", "G"], [None] * 2)).legends
