"""Figures of clusters."""

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from bioscan.cluster.figures import COLOURS, SEEN, draw_agreement, draw_map, rank_values


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def scores(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, ["space", "modality", "rank", "ami"], orient="row")


def test_agreement_has_a_panel_per_modality_and_ranks_from_coarse_to_fine():
    figure = draw_agreement(
        scores(
            ("lite0", "image", "species", 30),
            ("lite0", "image", "order", 50),
            ("lite0", "image", "dna_bin", 25),
            ("kmer_counts", "dna", "order", 40),
            ("hyenadna", "dna", "order", 60),
        ),
        "invented",
    )
    images, dna = figure.axes
    assert [axis.get_title("left") for axis in figure.axes] == ["images", "DNA"]
    assert [label.get_text() for label in images.get_xticklabels()] == ["order", "species", "BIN"]
    (line,) = images.lines
    assert list(line.get_xdata()) == [0, 1, 2]
    assert list(line.get_ydata()) == pytest.approx([50, 30, 25])
    assert [line.get_label() for line in dna.lines] == ["kmer_counts", "hyenadna"]


def test_negative_agreement_is_within_the_axis():
    figure = draw_agreement(scores(("lite0", "image", "order", -8)), "invented")
    assert figure.axes[0].get_ylim()[0] < -8


def test_lines_of_many_encoders_differ():
    many = [(f"e{n}", "dna", "order", 2.5 * n) for n in range(40)]
    lines = draw_agreement(scores(*many), "invented").axes[0].lines
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 40


def test_without_labels_the_figure_says_so():
    empty = pl.DataFrame(schema=scores(("a", "dna", "order", 10)).schema)
    assert "No specimen has a label" in draw_agreement(empty, "invented").texts[0].get_text()


def test_the_most_frequent_values_come_first_and_ties_are_alphabetical():
    values = pl.Series(["b", "a", None, None, None, "c", "c"])
    assert rank_values(values, 2) == ["c", "a"]
    assert rank_values(values, 9) == ["c", "a", "b"]


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


def draw(found: pl.DataFrame) -> Figure:
    points = np.random.default_rng(0).normal(size=(found["row"].max() + 1, 2))
    return draw_map(found, points, "family", "families", "invented")


def test_frequent_families_have_a_colour_and_lie_above_the_grey_rest():
    families = [f"F{n}" for n in range(11) for _ in range(20 - n)] + [None] * 3
    figure = draw(specimens(families, [True] * len(families)))
    assert figure.axes[0].get_title("left") == "the 9 commonest of 11 families"
    assert [entry.split(" (")[0] for entry in legend(figure, 0)] == [
        *(f"F{n}" for n in range(9)),
        "no label",
        "others",
    ]
    assert legend(figure, 0)[-2:] == ["no label (3)", "others (21)"]
    assert [colour for colour, _ in drawn(figure, 0)[2:]] == list(COLOURS)


def test_a_few_families_are_all_named():
    figure = draw(specimens(["F", "G", None], [None] * 3))
    assert figure.axes[0].get_title("left") == "2 families"


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
    (dots,) = draw(found).axes[0].collections
    large, small = dots.get_sizes()
    assert large == pytest.approx(2 * small)
