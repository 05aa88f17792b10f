"""Sheets of example images are small, sharp, and hold what they are given."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from bioscan.core.images import decode
from bioscan.core.sheets import (
    DPI,
    GAP,
    LETTERS,
    LINE,
    ROOM,
    TITLE,
    Example,
    draw_examples,
    fitted,
    in_lines,
    save_sheet,
)

RED, GREY = (200, 30, 20), (180, 185, 190)


def well(height: int = 153, width: int = 204) -> np.ndarray:
    """A grey image with noise, and an insect: 30 × 20 red pixels in its middle."""
    noise = np.random.default_rng(0).integers(-2, 3, (height, width, 1))
    pixels = np.clip(np.array(GREY) + noise, 0, 255).astype(np.uint8)
    y, x = height // 2, width // 2
    pixels[y - 10 : y + 10, x - 15 : x + 15] = RED
    return pixels


def texts(figure: plt.Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def saved(figure: plt.Figure, folder: Path) -> np.ndarray:
    save_sheet(figure, folder / "a.png", folder / "a.pdf")
    return decode((folder / "a.png").read_bytes())


def test_images_are_laid_out_row_by_row_with_their_lines_below():
    examples = [Example(well(), (f"order {n}", f"{n}")) for n in range(5)]
    figure = draw_examples(examples, "5 of 7 orders", columns=2)
    assert texts(figure)[0] == "5 of 7 orders"
    assert texts(figure)[1:5] == ["order 0", "0", "order 1", "1"]
    corners = [axis.get_position().bounds[:2] for axis in figure.axes]
    assert corners[0][0] == corners[2][0] < corners[1][0]  # columns
    assert corners[0][1] == corners[1][1] > corners[2][1]  # rows
    # Each text is right below its image, and above the next row.
    bottom, below = corners[0][1], corners[2][1] + ROOM[1] / DPI / figure.get_figheight()
    assert all(below < text.get_position()[1] < bottom for text in figure.texts[1:3])
    plt.close(figure)


def test_each_pixel_of_an_image_is_one_of_the_png(tmp_path: Path):
    pixels = saved(draw_examples([Example(well(), ("A",))] * 2, ""), tmp_path)
    assert pixels.shape == (TITLE + ROOM[1] + LINE + GAP, GAP + 2 * (ROOM[0] + GAP), 3)
    shown = pixels[TITLE : TITLE + ROOM[1], GAP : GAP + ROOM[0]].astype(int)
    # A few colours are near all of those of the image.
    assert np.abs(shown - well()).max() <= 4


def test_an_insect_of_few_pixels_keeps_its_colour(tmp_path: Path):
    pixels = saved(draw_examples([Example(well(), ("A",))], ""), tmp_path)
    shown = pixels[TITLE + ROOM[1] // 2, GAP + ROOM[0] // 2].astype(int)
    assert np.abs(shown - RED).max() <= 4


def test_a_sheet_of_twenty_noisy_images_is_small(tmp_path: Path):
    saved(draw_examples([Example(well(), ("A", "1"))] * 20, "20 images"), tmp_path)
    for kind in ("png", "pdf"):
        assert (tmp_path / f"a.{kind}").stat().st_size < 300_000


def test_a_sheet_is_drawn_with_the_same_bytes_every_time(tmp_path: Path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        saved(draw_examples([Example(well(), ("A",))], "one"), folder)
    for kind in ("png", "pdf"):
        first, second = ((tmp_path / name / f"a.{kind}").read_bytes() for name in "ab")
        assert first == second


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((768, 1024), (153, 204)),  # 4 to 3
        ((600, 300), (152, 76)),  # tall: the shorter side is a whole number of pixels, 76.5
        ((100, 1000), (20, 200)),  # wide: 20.4
        ((60, 80), (153, 204)),  # small: enlarged
    ],
)
def test_an_image_is_as_large_as_has_room(size: tuple[int, int], expected: tuple[int, int]):
    assert fitted(np.zeros((*size, 3), np.uint8)).shape[:2] == expected


def test_frames_are_drawn_in_the_pixels_of_the_image():
    frames = (((10, 20, 60, 50), "red", "-"), ((0, 0, 5, 5), "blue", "--"))
    figure = draw_examples([Example(well(600, 800), ("A",), frames)], "", boxes=["detected"])
    (axis,) = figure.axes
    assert [patch.get_bbox().extents.tolist() for patch in axis.patches] == [
        [10, 20, 60, 50],
        [0, 0, 5, 5],
    ]
    assert [to_hex(patch.get_edgecolor()) for patch in axis.patches] == ["#ff0000", "#0000ff"]
    assert axis.get_xlim() == (0, 800) and axis.get_ylim() == (600, 0)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["detected (tight) box"]
    plt.close(figure)


def test_an_unreadable_image_is_a_grey_board(tmp_path: Path):
    figure = draw_examples([Example(None, ("A1",))], "")
    assert [text.get_text() for text in figure.axes[0].texts] == ["cannot be read"]
    saved(figure, tmp_path)


def test_names_are_printed_in_italics_and_numbers_are_not():
    figure = draw_examples([Example(well(), ("Apis mellifera", "7"))], "", italic=True)
    assert [text.get_style() for text in figure.texts[1:]] == ["italic", "normal"]
    plt.close(figure)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("m" * LETTERS, ["m" * LETTERS]),
        ("Hypochisomenota minilosetosus-MIC1781", ["Hypochisomenota", "minilosetosus-MIC1781"]),
        ("Hypochisomenotaminilosetosus-MIC1781", ["Hypochisomen…tosus-MIC1781"]),
        (f"Aus {'b' * 40}", ["Aus", f"{'b' * 12}…{'b' * 13}"]),
        (
            "some sentence of many a word, and of more of them than two lines hold",
            ["some sentenc…wo lines hold"],
        ),
        ("price $_^$", ["price $_^$"]),
        ("", [""]),
    ],
)
def test_a_name_of_any_length_and_letters_has_room(tmp_path: Path, name: str, shown: list[str]):
    figure = draw_examples([Example(well(), (name,))], name)
    assert in_lines(name) == shown
    assert texts(figure) == [name, *shown]
    saved(figure, tmp_path)


def test_without_images_the_title_stands_alone(tmp_path: Path):
    figure = draw_examples([], "0 of 0 classes other than Insecta")
    assert texts(figure) == ["0 of 0 classes other than Insecta"] and not figure.axes
    assert saved(figure, tmp_path).ndim == 3


def test_a_line_around_an_image_shows_where_its_white_ends(tmp_path: Path):
    pixels = saved(draw_examples([Example(well() * 0 + 255, ("A",))], ""), tmp_path)
    beside = pixels[TITLE + ROOM[1] // 2, GAP - 1].astype(int)
    assert (beside < 230).all() and (pixels[TITLE + ROOM[1] // 2, GAP] > 250).all()
