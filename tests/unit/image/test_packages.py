"""Image packages: their images, and the reasons for missing ones."""

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from PIL import ExifTags, Image

from bioscan.core.images import BrokenImage, decode, encode
from bioscan.image import packages
from bioscan.image.cropping import CONVENTIONS, Cropping
from bioscan.image.packages import ImageSettings, describe_package, make_packages

PACKAGES = ("original_256", "cropped", "cropped_256")

Box = tuple[int, int, int, int]
SETTINGS = ImageSettings(PACKAGES, Cropping(), quality=90)
RELEASED = replace(SETTINGS, cropping=CONVENTIONS["bioscan5m_released"])


def image(width: int = 400, height: int = 300) -> bytes:
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


def make(
    found: pl.DataFrame, data: list[bytes | BrokenImage], settings: ImageSettings = SETTINGS
) -> tuple[dict[str, list[tuple[str, bytes]]], list[tuple[str, str]]]:
    """package → (processid, JPEG) pairs, and the (processid, reason) of missing images."""
    packed = {name: [] for name in settings.packages}
    faults = []
    images = zip(found["processid"], data, strict=True)
    for processid, jpegs, fault in make_packages(found, images, settings):
        for name, jpeg in jpegs.items():
            packed[name].append((processid, jpeg))
        if fault is not None:
            faults.append((processid, fault))
    return packed, faults


def test_the_status_decides_the_packages():
    found = boxes(
        ("A1", "ok", None, SQUARE),
        ("A2", "no_insect", "best score 0.10", None),
        ("A3", "unreadable", "empty file", None),
        ("A4", "ok", None, SQUARE),
    )
    data = [image(), image(), BrokenImage("empty file"), image()]
    packed, faults = make(found, data)
    assert {package: [name for name, _ in rows] for package, rows in packed.items()} == {
        "original_256": ["A1", "A2", "A4"],
        "cropped": ["A1", "A4"],
        "cropped_256": ["A1", "A4"],
    }
    assert faults == [("A2", "no_insect: best score 0.10"), ("A3", "unreadable: empty file")]


def test_only_the_configured_packages_are_made():
    found = boxes(("A1", "ok", None, SQUARE))
    made = make_packages(found, [("A1", image())], replace(SETTINGS, packages=("cropped",)))
    assert [list(jpegs) for _, jpegs, _ in made] == [["cropped"]]


def test_packages_have_their_sizes_and_content():
    found = boxes(("A1", "ok", None, SQUARE))
    packed, _ = make(found, [image(640, 480)])
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
    packed, _ = make(found, [image()])
    cut = decode(packed["cropped"][0][1])
    assert cut.shape == (140, 140, 3)
    assert cut[:10, :].min() > 250


def test_a_higher_quality_costs_more_bytes():
    found = boxes(("A1", "ok", None, SQUARE))
    low, high = (
        make(found, [image()], replace(SETTINGS, quality=quality))[0] for quality in (50, 95)
    )
    for package in PACKAGES:
        assert len(low[package][0][1]) < len(high[package][0][1])


def test_each_image_is_decoded_once(monkeypatch: pytest.MonkeyPatch):
    decoded = []
    monkeypatch.setattr(
        packages, "decode", lambda data, **how: decoded.append(data) or decode(data, **how)
    )
    found = boxes(
        ("A1", "ok", None, SQUARE), ("A2", "no_insect", "-", None), ("A3", "unreadable", "-", None)
    )
    data = [image(), image(300, 400), b"never decoded"]
    make(found, data)
    assert decoded == data[:2]


def test_a_shard_without_images_makes_no_packages():
    assert list(make_packages(boxes(), [], SETTINGS)) == []


def test_images_are_taken_one_at_a_time():
    taken = []

    def images() -> Iterator[tuple[str, bytes]]:
        for name in ("A1", "A2"):
            taken.append(name)
            yield name, image()

    found = boxes(("A1", "ok", None, SQUARE), ("A2", "ok", None, SQUARE))
    rows = make_packages(found, images(), SETTINGS)
    assert next(rows)[0] == "A1"
    assert taken == ["A1"]


@pytest.mark.parametrize("status", ["ok", "no_insect"])
def test_an_image_that_can_no_longer_be_read_is_skipped_alone(status: str):
    # The archive was damaged after the boxes were predicted.
    box = SQUARE if status == "ok" else None
    found = boxes(*[(name, status, None, box) for name in ("A1", "A2", "A3")])
    data = [BrokenImage("archive ends after 3 of 9 bytes"), image()[:500], image()]
    packed, faults = make(found, data, replace(SETTINGS, packages=("original_256",)))
    assert [name for name, _ in packed["original_256"]] == ["A3"]
    assert faults[0] == ("A1", "unreadable: archive ends after 3 of 9 bytes")
    assert faults[1][1].startswith("unreadable: ")


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 1, 1),
        (399, 299, 400, 300),
        (399, 0, 400, 300),
        (0, 299, 400, 300),
        (0, 0, 400, 300),
        (200, 150, 201, 151),
    ],
)
def test_a_box_on_the_frame_or_one_pixel_wide_gives_a_crop(box: Box):
    packed, faults = make(boxes(("A1", "ok", None, box)), [image()])
    assert faults == []
    cropped, small = (decode(packed[name][0][1]) for name in ("cropped", "cropped_256"))
    # Extended by two fifths of the longer side, in whole pixels.
    x0, y0, x1, y1 = box
    more = 0.4 * max(x1 - x0, y1 - y0)
    assert cropped.shape[1] == pytest.approx(x1 - x0 + more, abs=1)
    assert cropped.shape[0] == pytest.approx(y1 - y0 + more, abs=1)
    assert min(small.shape[:2]) == 256
    assert max(small.shape[:2]) <= 256 * 4


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_box_is_in_stored_pixels_regardless_of_orientation(orientation: int):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.fromarray(decode(image())).save(file, "JPEG", quality=95, exif=exif)
    packed, _ = make(boxes(("A1", "ok", None, SQUARE)), [file.getvalue()])
    assert decode(packed["original_256"][0][1]).shape == (256, 341, 3)
    assert decode(packed["cropped"][0][1])[25:115, 25:115].max() < 30


def test_a_crop_as_released_is_turned_and_has_the_aspect_4_to_3():
    found = boxes(("A1", "ok", None, (100, 100, 150, 200)))
    packed, _ = make(found, [image()], RELEASED)
    # 90 × 140, turned to 140 × 90, widened to 140 × 106: halves are rounded to even.
    assert decode(packed["cropped"][0][1]).shape == (106, 140, 3)
    assert decode(packed["cropped_256"][0][1]).shape == (256, 338, 3)
    assert decode(packed["original_256"][0][1]).shape == (256, 341, 3)
    # The crop begins at 72, the square at 100. Turned to the left, its left margin lies below.
    above, below = (decode(packed["cropped"][0][1])[row, 70] for row in (70, 86))
    assert above.max() < 30 and below.min() > 170


def test_the_padding_has_the_configured_colour():
    found = boxes(("A1", "ok", None, (0, 0, 100, 100)))
    packed, _ = make(found, [image()], replace(SETTINGS, cropping=Cropping(fill=(204, 218, 243))))
    corner = decode(packed["cropped"][0][1])[2:10, 2:10]
    assert np.abs(corner.astype(int) - (204, 218, 243)).max() <= 4


def test_a_crop_that_would_be_a_line_is_left_out():
    # Scaled by its shorter side it would be 256 × 76,800, more than a JPEG may have.
    found = boxes(("A1", "ok", None, (200, 0, 201, 300)), ("A2", "ok", None, SQUARE))
    packed, faults = make(
        found, [image(), image()], replace(SETTINGS, cropping=Cropping(ratio=1.0))
    )
    assert faults == [("A1", "no crop: 1×300 pixels are too narrow")]
    assert [name for name, _ in packed["cropped_256"]] == ["A2"]
    assert [name for name, _ in packed["original_256"]] == ["A1", "A2"]


def test_the_attributes_describe_how_a_package_was_made():
    settings = replace(SETTINGS, quality=75)
    attributes = describe_package("cropped_256", settings)
    assert {key: attributes[key] for key in attributes.keys() - {"codecs", "interpolation"}} == {
        "convention": "papers",
        "ratio": 1.4,
        "fill": (255, 255, 255),
        "aspect": "that of the box",
        "rotate": False,
        "shorter_side": 256,
        "quality": 75,
        "chroma_subsampling": "420",
    }
    assert describe_package("cropped", RELEASED)["aspect"] == "4:3"


def test_the_attributes_name_only_applicable_parameters():
    attributes = describe_package("original_256", SETTINGS)
    assert not attributes.keys() & {"convention", "ratio", "fill", "aspect", "rotate"}
    assert not describe_package("cropped", SETTINGS).keys() & {
        "shorter_side",
        "interpolation",
    }


def test_boxes_of_another_shard_are_refused():
    with pytest.raises(AssertionError, match="different shards"):
        list(make_packages(boxes(("A1", "ok", None, SQUARE)), [("B1", b"")], SETTINGS))
    with pytest.raises(ValueError, match="argument 2 is longer"):
        list(make_packages(boxes(("A1", "ok", None, SQUARE)), [], SETTINGS))


def test_settings_are_made_from_the_config():
    config = {
        "packages": ["cropped"], "ratio": 1.5, "fill": 240, "aspect": [4, 3], "rotate": True,
        "quality": 80,
    }  # fmt: skip
    cropping = Cropping(ratio=1.5, fill=(240, 240, 240), aspect=(4, 3), rotate=True)
    assert ImageSettings.from_config(config) == ImageSettings(("cropped",), cropping, 80)
