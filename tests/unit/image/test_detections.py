"""Boxes that fit annotated ones badly."""

import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.figures import BOXES
from bioscan.core.images import encode
from bioscan.image.cropping import Cropping
from bioscan.image.detections import choose_imperfect, show_detection
from scripts.image import draw_detections as script

SCHEMA = {
    "images": pl.String, "file_name": pl.String, "annotated": pl.List(pl.List(pl.Float64)),
    "box": pl.List(pl.Float64), "score": pl.Float64, "iou": pl.Float64,
}  # fmt: skip
SETTINGS = {"ratio": 1.4, "fill": 255, "aspect": None, "rotate": False}


def evaluated(*rows: tuple[str, float | None], images: str = "wells.zip") -> pl.DataFrame:
    """Images of (file_name, iou), each with an annotated and a detected box."""
    annotated, box = [[10.0, 20.0, 60.0, 50.0]], [12.4, 20.0, 61.6, 49.0]
    given = [(images, name, [] if iou is None else annotated, box, 0.9, iou) for name, iou in rows]
    return pl.DataFrame(given, SCHEMA, orient="row")


def names(chosen: pl.DataFrame) -> list[str]:
    return chosen["file_name"].to_list()


def test_boxes_below_the_limit_are_shown_the_worst_first():
    table = evaluated(("a", 0.9), ("b", 0.84), ("c", 0.3), ("d", 0.85), ("empty", None))
    chosen, title = choose_imperfect(table)
    assert names(chosen) == ["c", "b"]
    assert title == "2 of 2 boxes with an IoU below 0.85, in 4 annotated images that show an insect"


def test_many_are_taken_at_even_distances():
    table = evaluated(*((f"w{n}", n / 100) for n in reversed(range(9))))
    chosen, title = choose_imperfect(table, most=3)
    assert names(chosen) == ["w0", "w3", "w6"]
    assert title.startswith("3 of 9 boxes")


def test_an_image_of_two_groups_of_sets_is_shown_once():
    table = evaluated(("a", 0.5), ("b", 0.6))
    others = evaluated(("a", 0.5)), evaluated(("a", 0.7), images="others.zip")
    chosen, title = choose_imperfect(pl.concat([table, *others]))
    assert chosen.select("images", "file_name").rows() == [
        ("wells.zip", "a"),
        ("wells.zip", "b"),
        ("others.zip", "a"),
    ]
    assert title.startswith("3 of 3 boxes") and "in 3 annotated" in title


def test_of_empty_wells_alone_nothing_is_shown():
    chosen, title = choose_imperfect(evaluated(("empty", None)))
    assert chosen.is_empty()
    assert title.startswith("0 of 0 boxes")


def test_an_image_has_its_annotated_detected_and_extended_boxes():
    pixels = np.full((90, 120, 3), 200, np.uint8)
    example = show_detection(pixels, evaluated(("a", 0.5)).row(0, named=True), Cropping())
    # 12, 20, 62, 49, and 0.4 · 50 / 2 = 10 around.
    assert [(tuple(box), colour) for box, colour, _ in example.frames] == [
        ((2, 10, 72, 59), BOXES["extended"][1]),
        ((12, 20, 62, 49), BOXES["detected"][1]),
        ((10, 20, 60, 50), BOXES["annotated"][1]),
    ]
    assert example.lines == ("a", "IoU 0.50, score 0.90")
    assert example.pixels.shape == (90, 120, 3)


def test_an_image_is_widened_by_white_to_hold_the_extended_box():
    pixels = np.full((52, 120, 3), 200, np.uint8)
    row = evaluated(("a", 0.5)).row(0, named=True) | {"box": [0.0, 20.0, 50.0, 49.0]}
    example = show_detection(pixels, row, Cropping())
    # The extended box is -10, 10, 60, 59: 10 more on the left, 7 more below.
    assert example.pixels.shape == (59, 130, 3)
    assert (example.pixels[:, :10] == 255).all() and (example.pixels[52:] == 255).all()
    assert (example.pixels[:52, 10:] == 200).all()
    assert [box for box, *_ in example.frames] == [
        (0, 10, 70, 59),
        (10, 20, 60, 49),
        (20, 20, 70, 50),
    ]


def test_the_script_reads_the_images_of_folders_and_zips(tmp_path: Path):
    data = encode(np.full((90, 120, 3), 200, np.uint8), 95)
    (tmp_path / "a.jpg").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "wells.zip", "w") as archive:
        archive.writestr("a.jpg", data)
    tables = []
    for images in (tmp_path, tmp_path / "wells.zip"):
        tables.append(tmp_path / f"{images.name}.parquet")
        evaluated(("a.jpg", 0.5), images=str(images)).write_parquet(tables[-1])
    script.draw_detections(tables, SETTINGS, tmp_path / "a.png", tmp_path / "a.pdf")
    assert (tmp_path / "a.png").is_file() and (tmp_path / "a.pdf").is_file()


@pytest.mark.parametrize("data", [None, b"not a photograph"])
def test_an_annotated_image_that_is_gone_or_broken_is_named(tmp_path: Path, data: bytes | None):
    if data is not None:
        (tmp_path / "a.jpg").write_bytes(data)
    evaluated(("a.jpg", 0.5), images=str(tmp_path)).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError) as error:
        script.draw_detections(
            [tmp_path / "a.parquet"], SETTINGS, tmp_path / "a.png", tmp_path / "a.pdf"
        )
    assert str(error.value).startswith(f"{tmp_path}: cannot read a.jpg (")
