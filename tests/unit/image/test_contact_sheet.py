"""The page of crops shows what it was given."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from bioscan.core.figures import save_figure
from bioscan.core.images import decode
from bioscan.image.contact_sheet import draw_contact_sheet

Shown = tuple[str, np.ndarray, tuple[int, int, int, int], float]


def shown(count: int) -> list[Shown]:
    pixels = np.full((90, 120, 3), 200, np.uint8)
    return [(f"A{number}", pixels, (10, 20, 60, 50), 0.875) for number in range(count)]


def test_every_photograph_has_its_boxes_and_its_crop():
    figure = draw_contact_sheet(shown(5), 1.4, 255, columns=2)
    assert len(figure.axes) == 3 * 4  # three lines of two photographs and two crops
    whole, cut = figure.axes[:2]
    frames = [patch for patch in whole.patches if isinstance(patch, Rectangle)]
    # 0.4 · 50 / 2 = 10 around the tight box.
    assert [frame.get_bbox().extents.tolist() for frame in frames] == [
        [10, 20, 60, 50],
        [0, 10, 70, 60],
    ]
    assert whole.get_title(loc="left") == "A0"
    assert cut.get_title(loc="left") == "score 0.88"
    assert sum(bool(axis.images) for axis in figure.axes) == 10
    plt.close(figure)


def test_the_photograph_is_drawn_in_its_own_pixels():
    figure = draw_contact_sheet(shown(1), 1.4, 255)
    assert tuple(figure.axes[0].images[0].get_extent()) == (0, 120, 90, 0)
    plt.close(figure)


def test_a_page_of_none_can_be_saved(tmp_path: Path):
    save_figure(draw_contact_sheet([], 1.4, 255), tmp_path / "a.png", tmp_path / "a.pdf")
    assert decode((tmp_path / "a.png").read_bytes()).ndim == 3
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_a_page_is_the_same_whenever_it_is_drawn(tmp_path: Path):
    for name in ("a", "b"):
        sheet = draw_contact_sheet(shown(2), 1.4, 255)
        save_figure(sheet, tmp_path / f"{name}.png", tmp_path / f"{name}.pdf")
    for kind in ("png", "pdf"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
