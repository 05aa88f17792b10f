"""Examples of sizes and masks."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.core.images import encode
from bioscan.detect.boxes import BOXES_SCHEMA
from bioscan.detect.masks import choose_sizes, draw_mask
from bioscan.detect.model import Scaling
from bioscan.detect.segmentation import SegmentationDetector
from scripts.detect import draw_masks as script
from tests.unit.core.indexed import write_images
from tests.unit.detect.settings import SETTINGS


def boxes(*rows: tuple[str, str, int | None]) -> pl.DataFrame:
    """Boxes of (processid, status, pixels)."""
    given = [dict(zip(("processid", "status", "pixels"), row, strict=True)) for row in rows]
    return pl.DataFrame(given, BOXES_SCHEMA)


def records(**sizes: float | None) -> pl.DataFrame:
    columns = {"processid": list(sizes), "image_measurement_value": list(sizes.values())}
    return pl.DataFrame(columns, {"processid": pl.String, "image_measurement_value": pl.Float64})


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, []), (1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (9, [1, 4, 7]), (30, [5, 15, 25])],
)
def test_the_middle_of_each_equal_part_is_shown(count: int, expected: list[int]):
    found = boxes(*((f"A{n}", "ok", 100 + n) for n in reversed(range(count))))
    assert choose_sizes(found, records(), 3)["processid"].to_list() == [f"A{n}" for n in expected]


def test_images_without_a_box_or_a_size_are_not_shown():
    found = boxes(("A", "ok", 0), ("B", "no_insect", None), ("C", "ok", None), ("D", "ok", 7))
    assert choose_sizes(found, records(A=9.0, B=9.0)).rows() == [("D", 7, None)]


def test_without_masks_the_size_is_that_of_the_source():
    found = boxes(("A", "ok", None), ("B", "ok", None), ("C", "ok", None))
    sizes = choose_sizes(found, records(A=900.0, B=40.0, C=None))
    assert sizes.rows() == [("B", None, 40.0), ("A", None, 900.0)]


class Darkness(torch.nn.Module):
    """A network that takes dark pixels for the insect's."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return -100 * images.mean(1, keepdim=True)


@pytest.mark.parametrize("zoom", [1, 2])
def test_a_mask_is_as_large_as_its_image_and_white_where_the_organism_is(zoom):
    pixels = np.full((96, 128, 3), 220, np.uint8)
    pixels[32:64, 64:96] = 20
    scaling = Scaling(64 * zoom, 96 * zoom, multiple=32 * zoom)
    mask = draw_mask(SegmentationDetector(Darkness()), encode(pixels, 95), scaling, zoom)
    assert mask.shape == pixels.shape and mask.dtype == np.uint8
    white = mask[..., 0] > 127
    # JPEG and scaling blur the edge by about a pixel.
    assert white[34:62, 66:94].all() and not white[:30].any() and not white[:, :62].any()
    assert white.sum() == pytest.approx(32 * 32, rel=0.15)


def drawn(tmp_path, monkeypatch, detector, pixels: int | None, carried: bool = True):
    """The examples and the title that the script draws of one image."""
    seen = {}
    draw = script.draw_examples

    def note(examples, title, **how):
        seen.update(examples=examples, title=title)
        return draw(examples, title, **how)

    monkeypatch.setattr(script, "draw_examples", note)
    monkeypatch.setattr(script, "load_detector", lambda model: detector)
    well = np.full((96, 128, 3), 220, np.uint8)
    well[32:64, 64:96] = 20
    index = write_images(tmp_path, {"A1": encode(well, 95)})
    boxes(("A1", "ok", pixels)).write_parquet(tmp_path / "boxes.parquet")
    records(A1=900.0).write_parquet(tmp_path / "records.parquet")
    script.draw_masks(
        index, tmp_path / "boxes.parquet", tmp_path / "records.parquet", tmp_path,
        SETTINGS, carried,
        tmp_path / "a.png", tmp_path / "a.pdf",
    )  # fmt: skip
    assert (tmp_path / "a.png").is_file() and (tmp_path / "a.pdf").is_file()
    return seen["examples"], seen["title"]


def test_the_script_draws_masks_below_the_images(tmp_path, monkeypatch):
    examples, title = drawn(tmp_path, monkeypatch, SegmentationDetector(Darkness()), 1024)
    assert [example.lines for example in examples] == [
        ("A1",),
        ("1,024 pixels", "900 in the source"),
    ]
    assert examples[1].pixels.max() == 255 and examples[0].pixels.shape == examples[1].pixels.shape
    assert title == "1 image, from small to large organisms"


def test_the_script_says_where_the_detector_draws_no_masks(tmp_path, monkeypatch):
    detector = SimpleNamespace(config=SimpleNamespace())
    examples, title = drawn(tmp_path, monkeypatch, detector, None)
    assert [example.lines for example in examples] == [("A1", "900 in the source")]
    assert title == (
        "1 image, from small to large organisms; the detector draws boxes and no masks"
    )


def test_sizes_that_were_not_measured_in_the_images_are_not_shown(tmp_path, monkeypatch):
    detector = SegmentationDetector(Darkness())
    examples, _ = drawn(tmp_path, monkeypatch, detector, 1024, carried=False)
    assert examples[1].lines == ("1,024 pixels",)


def test_a_dataset_without_sizes_has_a_notice(tmp_path, monkeypatch):
    detector = SimpleNamespace(config=SimpleNamespace())
    examples, title = drawn(tmp_path, monkeypatch, detector, None, carried=False)
    assert examples == []
    assert title.startswith("0 images")
