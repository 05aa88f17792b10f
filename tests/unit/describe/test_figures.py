"""Contents of the figures, read from the drawn artists."""

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from bioscan.describe.figures import (
    BLOCKS,
    FIGURES,
    SIDE,
    count_blocks,
    count_per_species,
    draw_class_distribution,
    draw_partitions,
    draw_prevalence,
    draw_samples_per_species,
    draw_treemap,
    share_out,
)
from tests.unit.describe.canonical import records

# Classes


@pytest.fixture
def classes():
    orders = [f"O{n:02d}" for n in range(20) for _ in range(n + 1)]
    families = ["Sciaridae"] * 150 + ["Phoridae"] * 50 + [None] * 10
    return draw_class_distribution(records(order=orders, family=families))


def test_the_largest_orders_are_drawn(classes):
    heights = [bar.get_height() for bar in classes.axes[0].patches]
    assert heights == list(range(20, 4, -1))
    assert classes.axes[0].get_title(loc="left") == "20 orders, the largest 16; 210 specimens"


def test_all_families_are_drawn_where_there_are_few(classes):
    assert [bar.get_height() for bar in classes.axes[1].patches] == [150, 50]
    assert classes.axes[1].get_title(loc="left") == "2 families; 200 specimens, 10 more without"


def areas(axis: plt.Axes) -> list[float]:
    cells = [cell for cell in axis.patches if isinstance(cell, Rectangle)]
    return [cell.get_width() * cell.get_height() for cell in cells]


def test_the_treemap_is_in_proportion():
    frame = records(
        **{
            "class": ["Insecta"] * 75 + ["Arachnida"] * 20 + ["Collembola"] * 5 + [None],
            "order": ["Diptera"] * 60 + ["Hemiptera"] * 15 + ["Araneae"] * 20 + [None] * 6,
        }
    )
    all_, others = draw_treemap(frame).axes
    insecta, diptera, hemiptera, arachnida, _, collembola, _ = areas(all_)
    assert [insecta, arachnida, collembola] == pytest.approx([7500, 2000, 500])
    assert diptera / hemiptera == pytest.approx(4)
    assert diptera + hemiptera < insecta
    assert areas(others)[0] == pytest.approx(8000)
    names = {text.get_text() for text in all_.texts}
    assert {"Insecta 75", "Diptera\n60", "Hemiptera\n15", "unlabelled\n5"} <= names
    assert others.get_title(loc="left") == "all but Insecta, 25 records"


def test_without_other_classes_the_second_panel_is_empty():
    all_, others = draw_treemap(records(**{"class": ["Insecta"], "order": ["Diptera"]})).axes
    assert len(areas(all_)) == 2
    assert areas(others) == []


# Species and partitions


@pytest.fixture
def species() -> pl.LazyFrame:
    rows = [
        *[("seen", "Aus bus", "train", "AC")] * 3,
        ("seen", "Aus bus", "test", "GT"),
        ("seen", "Aus cus", "train", "TT"),
        ("unseen", "Aus 1", "key_unseen", "CC"),
        ("unknown", None, "pretrain", "GG"),
    ]
    names = ["species_set", "species", "split", "dna_barcode"]
    return records(**dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_samples_of_a_species_are_counted_per_split(species):
    counted = count_per_species(species, pl.len())
    assert counted["species"].to_list() == ["Aus bus", "Aus 1", "Aus cus"]
    assert counted.row(0, named=True) == {
        "species_set": "seen",
        "species": "Aus bus",
        "whole": 4,
        "train": 3,
        "key_unseen": None,
        "val": None,
        "val_unseen": None,
        "test": 1,
        "test_unseen": None,
    }


def test_species_are_ranked_in_their_set(species):
    axis = draw_samples_per_species(species).axes[0]
    split, whole = axis.lines
    assert whole.get_ydata().tolist() == [4, 1]
    assert split.get_ydata().tolist() == [3, 1]


def test_axes_include_the_species_of_every_panel():
    few, many = ["Aus bus"] * 2, ["Aus 1"] * 500
    frame = records(
        species=few + many,
        species_set=["seen"] * 2 + ["unseen"] * 500,
        split=["train"] * 2 + ["key_unseen"] * 500,
    )
    for draw in (draw_samples_per_species, draw_prevalence):
        for axis in draw(frame).axes:
            for line in axis.lines:
                # Null (no sample in the split) is NaN here, and larger than nothing.
                assert not (line.get_ydata() > axis.get_ylim()[1]).any()
                assert not (line.get_xdata() > axis.get_xlim()[1]).any()


def test_prevalence_counts_species_by_their_number_of_samples():
    names = [f"Aus b{n}us" for n in range(5) for _ in range([1, 1, 1, 4, 9][n])]
    frame = records(species=names, species_set=["seen"] * len(names), split=["train"] * len(names))
    whole, split = draw_prevalence(frame).axes[0].lines
    assert sorted(zip(*whole.get_data(), strict=True)) == [(1, 3), (4, 1), (9, 1)]
    assert sorted(zip(*split.get_data(), strict=True)) == [(1, 3), (4, 1), (9, 1)]


def test_squares_are_shared_out_in_proportion():
    assert share_out(np.array([50, 30, 20]), 10).tolist() == [5, 3, 2]
    assert share_out(np.array([1, 1, 1]), 10).tolist() == [4, 3, 3]
    assert share_out(np.array([999, 1]), 10).tolist() == [10, 0]


def test_pretrain_is_divided_by_its_deepest_label():
    frame = records(
        phylum=["Arthropoda"] * 4,
        family=["Phoridae", None, "Phoridae", "Phoridae"],
        genus=[None, None, "Megaselia", "Megaselia"],
        species=[None, None, None, "Megaselia lucifrons"],
        split=["pretrain", "pretrain", "pretrain", "train"],
    )
    assert count_blocks(frame) == {
        "pretrain: phylum": 1,
        "pretrain: family": 1,
        "pretrain: genus": 1,
        "train": 1,
    }


def test_squares_have_the_colours_of_their_partition():
    frame = records(split=["train"] * 75 + ["test"] * 25)
    figure = draw_partitions(frame)
    (grid,) = figure.axes[0].collections
    drawn = [to_hex(colour) for colour in grid.to_rgba(grid.get_array().ravel())]
    assert drawn.count(BLOCKS["train"]) == SIDE**2 * 3 / 4
    assert drawn.count(BLOCKS["test"]) == SIDE**2 / 4
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["train  75 (75.0%)", "test  25 (25.0%)"]


# All


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_renders(name, species, tmp_path):
    FIGURES[name](species).savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_records_without_labels_renders(name, tmp_path):
    FIGURES[name](records(split=["pretrain"] * 3)).savefig(tmp_path / "figure.png")
