"""Figures look alike, and are saved in the format of their suffix, twice alike."""

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from bioscan.core.figures import (
    BOXES,
    COLOURS,
    DASHES,
    error_bars,
    legend_below,
    line_styles,
    percent_axis,
    save_figure,
)

BEGINNINGS = {".png": b"\x89PNG", ".pdf": b"%PDF"}


def saved(folder: Path) -> list[bytes]:
    """A small figure, written to a PNG and a PDF."""
    figure, axes = plt.subplots(figsize=(1, 1))
    axes.plot([0, 1])
    save_figure(figure, *(folder / f"a{suffix}" for suffix in BEGINNINGS), dpi=50)
    assert not plt.fignum_exists(figure.number)
    return [(folder / f"a{suffix}").read_bytes() for suffix in BEGINNINGS]


def test_the_suffix_decides_the_format(tmp_path: Path):
    for data, beginning in zip(saved(tmp_path), BEGINNINGS.values(), strict=True):
        assert data.startswith(beginning)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png"]


def test_equal_figures_are_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = saved(tmp_path)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert saved(tmp_path) == first


def test_a_name_has_the_look_of_its_place_among_all_names():
    names = [f"encoder {n}" for n in range(20)]
    styles = line_styles(names)
    assert [styles[name]["color"] for name in names[:6]] == list(COLOURS)
    assert styles[names[6]]["color"] == COLOURS[0]
    assert styles[names[0]]["linestyle"] == "-" != styles[names[6]]["linestyle"]
    assert styles[names[6]]["markerfacecolor"] == "white" != styles[names[0]]["markerfacecolor"]
    assert line_styles([*names, "another"])[names[3]] == styles[names[3]]


def test_two_dozen_names_all_look_different_and_a_hundred_have_a_look():
    styles = line_styles(map(str, range(100)))
    looks = [(styles[str(n)]["color"], styles[str(n)]["linestyle"]) for n in range(100)]
    assert len(set(looks[:24])) == 24 == len(COLOURS) * len(DASHES)
    assert looks[24] == looks[0]


@pytest.mark.parametrize("whole", [1, 100])
def test_an_axis_of_percent_holds_markers_at_both_ends(whole):
    figure, axis = plt.subplots()
    percent_axis(axis, whole)
    figure.draw_without_rendering()
    low, high = axis.get_ylim()
    assert low < 0 and whole < high
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert labels == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
    plt.close(figure)


def test_a_label_of_several_panels_is_in_the_legend_once():
    figure, axes = plt.subplots(1, 2)
    for axis, names in zip(axes, ("ab", "bc"), strict=True):
        for name in names:
            axis.plot([0, 1], label=name)
    legend_below(figure, columns=3)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b", "c"]
    plt.close(figure)


def test_boxes_differ_without_their_colours():
    assert len({line for _, _, line in BOXES.values()}) == len(BOXES)


def test_bars_reach_to_the_ends_of_intervals_and_never_back():
    bars = error_bars([50, 100], [40, 99], [65, 99.9999])
    assert bars.tolist() == [[10, 1], [15, 0]]
