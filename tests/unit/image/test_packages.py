"""Which photograph goes into which package, and why some go into none."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.images import BrokenImage, decode, encode
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.image import packages
from bioscan.image.packages import make_packages

PACKAGES = ("original_256", "cropped", "cropped_256")

Box = tuple[int, int, int, int]
HOW = {"ratio": 1.4, "fill": 255, "quality": 90}


def photograph(width: int = 400, height: int = 300) -> bytes:
    """Grey, with a black square from (100, 100) to (200, 200)."""
    pixels = np.full((height, width, 3), 200, np.uint8)
    pixels[100:200, 100:200] = 0
    return encode(pixels, 95)


def boxes(*rows: tuple[str, str, str | None, Box | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, status, reason, *(box or [None] * 4)) for name, status, reason, box in rows],
        schema={
            "processid": pl.String, "status": pl.String, "reason": pl.String,
            "x0": pl.Int32, "y0": pl.Int32, "x1": pl.Int32, "y1": pl.Int32,
        },
        orient="row",
    )  # fmt: skip


SQUARE = (100, 100, 200, 200)


def test_the_status_decides_the_packages():
    found = boxes(
        ("A1", "ok", None, SQUARE),
        ("A2", "no_insect", "best score 0.10", None),
        ("A3", "unreadable", "empty file", None),
        ("A4", "ok", None, SQUARE),
    )
    data = [photograph(), photograph(), BrokenImage("empty file"), photograph()]
    names = found["processid"]
    packed, set_aside = make_packages(found, zip(names, data, strict=True), PACKAGES, **HOW)
    assert {package: [name for name, _ in rows] for package, rows in packed.items()} == {
        "original_256": ["A1", "A2", "A4"],
        "cropped": ["A1", "A4"],
        "cropped_256": ["A1", "A4"],
    }
    assert set_aside.rows() == [
        ("A2", "no_insect: best score 0.10"),
        ("A3", "unreadable: empty file"),
    ]
    assert dict(set_aside.schema) == QUARANTINE_SCHEMA


def test_only_the_packages_that_are_asked_for_are_made():
    found = boxes(("A1", "ok", None, SQUARE))
    packed, set_aside = make_packages(found, [("A1", photograph())], ["cropped"], **HOW)
    assert list(packed) == ["cropped"]
    assert set_aside.height == 0


def test_sizes_and_content():
    found = boxes(("A1", "ok", None, SQUARE))
    packed, _ = make_packages(found, [("A1", photograph(640, 480))], PACKAGES, **HOW)
    pixels = {package: decode(rows[0][1]) for package, rows in packed.items()}
    assert pixels["original_256"].shape == (256, 341, 3)
    # 0.4 · 100 / 2 = 20 on each side of the square.
    assert pixels["cropped"].shape == (140, 140, 3)
    assert pixels["cropped_256"].shape == (256, 256, 3)
    square = np.full((140, 140), 200.0)
    square[20:120, 20:120] = 0
    assert np.abs(pixels["cropped"][..., 0] - square).mean() < 3


def test_a_crop_beyond_the_frame_is_filled():
    found = boxes(("A1", "ok", None, (0, 0, 100, 100)))
    packed, _ = make_packages(found, [("A1", photograph())], ["cropped"], **HOW)
    cut = decode(packed["cropped"][0][1])
    assert cut.shape == (140, 140, 3)
    assert cut[:10, :].min() > 250


def test_a_higher_quality_costs_more_bytes():
    found = boxes(("A1", "ok", None, SQUARE))
    sizes = [
        len(
            make_packages(
                found, [("A1", photograph())], ["cropped"], ratio=1.4, fill=255, quality=quality
            )[0]["cropped"][0][1]
        )
        for quality in (50, 95)
    ]
    assert sizes[0] < sizes[1]


def test_each_photograph_is_decoded_once(monkeypatch: pytest.MonkeyPatch):
    decoded = []
    monkeypatch.setattr(packages, "decode", lambda data: decoded.append(data) or decode(data))
    found = boxes(
        ("A1", "ok", None, SQUARE), ("A2", "no_insect", "-", None), ("A3", "unreadable", "-", None)
    )
    data = [photograph(), photograph(300, 400), b"never looked at"]
    make_packages(found, zip(found["processid"], data, strict=True), PACKAGES, **HOW)
    assert decoded == data[:2]


def test_no_photographs_no_packages():
    packed, set_aside = make_packages(boxes(), [], PACKAGES, **HOW)
    assert packed == {package: [] for package in PACKAGES}
    assert set_aside.height == 0


def test_boxes_of_another_shard_are_refused():
    with pytest.raises(AssertionError, match="different shards"):
        make_packages(boxes(("A1", "ok", None, SQUARE)), [("B1", photograph())], PACKAGES, **HOW)
    with pytest.raises(ValueError, match="argument 2 is longer"):
        make_packages(boxes(("A1", "ok", None, SQUARE)), [], PACKAGES, **HOW)
