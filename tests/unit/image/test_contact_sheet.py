"""Contact sheets show the given images, boxes, crops and reasons."""

from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.patches import Rectangle

from bioscan.core.figures import save_figure
from bioscan.core.images import decode, encode
from bioscan.image.contact_sheet import (
    Seen,
    draw_contact_sheet,
    draw_quarantine_sheet,
    read_pixels,
    take_evenly,
    take_quarantined,
    take_worst,
)
from bioscan.image.cropping import CONVENTIONS, Box, Cropping
from tests.unit.core.indexed import write_images

PAPERS = Cropping()


def seen(count: int, box: Box = (10, 20, 60, 50)) -> list[Seen]:
    pixels = np.full((90, 120, 3), 200, np.uint8)
    return [Seen(f"A{number}", pixels, box, 0.875, 0.1389, 0.1172) for number in range(count)]


def texts(axis) -> list[str]:
    return [axis.get_title(loc="left"), *(text.get_text() for text in axis.texts)]


def test_every_image_has_its_boxes_and_its_crop():
    figure = draw_contact_sheet(seen(5), PAPERS, "5 of 7 crops", columns=2)
    assert len(figure.axes) == 3 * 4  # three lines of two images and two crops
    whole, beside = figure.axes[:2]
    frames = [patch for patch in whole.patches if isinstance(patch, Rectangle)]
    # 0.4 · 50 / 2 = 10 around the tight box.
    assert [frame.get_bbox().extents.tolist() for frame in frames] == [
        [10, 20, 60, 50],
        [0, 10, 70, 60],
    ]
    assert texts(whole) == ["A0", "area fraction 0.139"]
    assert texts(beside) == ["score 0.8750", "scale factor 0.12"]
    assert sum(bool(axis.images) for axis in figure.axes) == 10
    assert figure.get_suptitle() == "5 of 7 crops"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "detected (tight) box",
        "extended box, which is cut out",
    ]
    plt.close(figure)


def test_the_image_is_drawn_in_its_own_pixels():
    figure = draw_contact_sheet(seen(1), PAPERS, "")
    assert tuple(figure.axes[0].images[0].get_extent()) == (0, 120, 90, 0)
    assert figure.axes[0].get_xlim() == (0, 120)
    assert figure.axes[0].get_ylim() == (90, 0)
    plt.close(figure)


def test_a_box_beyond_the_image_is_shown_whole():
    # 0.4 · 50 / 2 = 10 around: from -10, -5.
    figure = draw_contact_sheet(seen(1, (0, 5, 50, 40)), PAPERS, "")
    assert figure.axes[0].get_xlim() == (-10, 120)
    assert figure.axes[0].get_ylim() == (90, -5)
    plt.close(figure)


def test_the_crop_is_cut_as_the_packages_are():
    figure = draw_contact_sheet(seen(1, (10, 20, 30, 60)), CONVENTIONS["bioscan5m_released"], "")
    # 20 × 40 and 8 on each side is 36 × 56, turned to 56 × 36, widened to 56 × 42.
    assert tuple(figure.axes[1].images[0].get_extent()) == (0, 56, 42, 0)
    plt.close(figure)


def test_an_unreadable_image_is_a_grey_board():
    lost = Seen("A1", None, (0, 0, 10, 10), 0.5, 0.1, 0.1)
    figure = draw_contact_sheet([lost], PAPERS, "")
    assert "cannot be read" in texts(figure.axes[0])
    assert not figure.axes[1].images
    plt.close(figure)


def test_every_quarantined_image_has_its_reason():
    pixels = np.full((90, 120, 3), 200, np.uint8)
    figure = draw_quarantine_sheet(
        [("A1", pixels, "best score 0.10, threshold 0.5"), ("A2", None, "empty file")], "2 of 2"
    )
    first, second, *others = figure.axes
    assert texts(first) == ["A1", "best score 0.10, threshold 0.5"]
    assert texts(second) == ["A2", "cannot be read", "empty file"]
    assert not any(axis.images for axis in others)
    plt.close(figure)


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("m" * 40, "m" * 40),
        (f"trap_{'x' * 200}_0017", f"trap_{'x' * 14}…{'x' * 15}_0017"),
        ("price $_^$", "price $_^$"),
    ],
)
def test_a_name_of_any_length_and_letters_has_room_above_its_image(
    tmp_path: Path, name: str, above: str
):
    (plain,) = seen(1)
    for sheet in (
        draw_contact_sheet([replace(plain, processid=name)], PAPERS, ""),
        draw_quarantine_sheet([(name, None, name)], ""),
    ):
        assert texts(sheet.axes[0])[0] == above
        save_figure(sheet, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        (lambda: draw_contact_sheet([], PAPERS, ""), "No insect was found in any image."),
        (lambda: draw_quarantine_sheet([], ""), "No image was set aside."),
    ],
)
def test_a_sheet_without_images_says_so(tmp_path: Path, sheet, says: str):
    figure = sheet()
    assert [text.get_text() for text in figure.texts] == [says]
    save_figure(figure, tmp_path / "a.png", tmp_path / "a.pdf")
    assert decode((tmp_path / "a.png").read_bytes()).ndim == 3
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_a_sheet_is_drawn_with_the_same_bytes_every_time(tmp_path: Path):
    for name in ("a", "b"):
        sheet = draw_contact_sheet(seen(2), PAPERS, "2 of 2")
        save_figure(sheet, tmp_path / f"{name}.png", tmp_path / f"{name}.pdf")
    for kind in ("png", "pdf"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def found(*rows: tuple[str, str, float | None]) -> pl.DataFrame:
    schema = {"processid": pl.String, "status": pl.String, "score": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, []), (1, [0]), (3, [0, 1, 2]), (7, [0, 2, 4]), (9, [0, 3, 6]), (30, [0, 10, 20])],
)
def test_crops_are_taken_at_even_distances(count: int, expected: list[int]):
    rows = found(*((f"A{n}", "ok", 0.9) for n in range(count)), ("B1", "no_insect", 0.1))
    names = [f"A{n}" for n in expected]
    assert take_evenly(rows, 3)["processid"].to_list() == names


def test_the_worst_crops_have_the_lowest_scores():
    rows = found(
        ("A1", "ok", 0.9), ("A2", "ok", 0.6), ("A4", "ok", 0.7), ("A3", "ok", 0.7),
        ("B1", "no_insect", 0.1), ("B2", "unreadable", None),
    )  # fmt: skip
    assert take_worst(rows, 3)["processid"].to_list() == ["A2", "A3", "A4"]


def test_quarantined_images_are_sorted_by_score_with_places_for_unreadable_ones():
    rows = found(
        *((f"N{n:02}", "no_insect", n / 100) for n in range(20)),
        *((f"U{n}", "unreadable", None) for n in range(4)),
        ("A1", "ok", 0.9),
    )
    expected = [f"N{n:02}" for n in range(19, 11, -1)] + ["U0", "U1"]
    assert take_quarantined(rows, 10)["processid"].to_list() == expected
    # With enough places, all are shown.
    assert take_quarantined(rows, 30).height == 24
    assert take_quarantined(rows.filter(status="unreadable"), 3).height == 3
    assert take_quarantined(rows.filter(status="ok"), 3).height == 0


def test_images_are_read_in_the_order_of_the_boxes_and_broken_ones_are_none(tmp_path: Path):
    dark, light = (encode(np.full((9, 12, 3), grey, np.uint8), 90) for grey in (10, 200))
    index = write_images(tmp_path, {"A1": dark, "A2": b"none", "A3": light})
    boxes = found(("A3", "ok", 0.9), ("A2", "unreadable", None), ("A1", "ok", 0.6))
    third, second, first = read_pixels(index, boxes)
    assert second is None
    assert abs(int(third.mean()) - 200) <= 1 and abs(int(first.mean()) - 10) <= 1
