"""Which image goes into which package, and why some go into none."""

import io
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
import pytest
from PIL import ExifTags, Image

from bioscan.core.images import BrokenImage, decode, encode
from bioscan.image import packages
from bioscan.image.cropping import CONVENTIONS, Cropping
from bioscan.image.packages import describe_package, make_packages

PACKAGES = ("original_256", "cropped", "cropped_256")

Box = tuple[int, int, int, int]
HOW = {"how": Cropping(), "quality": 90}


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
    found: pl.DataFrame, data: list[bytes | BrokenImage], names: Sequence[str] = PACKAGES, **how
) -> tuple[dict[str, list[tuple[str, bytes]]], list[tuple[str, str]]]:
    """package → (processid, JPEG) pairs, and what is missing from one: (processid, reason)."""
    packed = {name: [] for name in names}
    faults = []
    images = zip(found["processid"], data, strict=True)
    for processid, jpegs, fault in make_packages(found, images, names, **(HOW | how)):
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


def test_only_the_packages_that_are_asked_for_are_made():
    found = boxes(("A1", "ok", None, SQUARE))
    assert [
        list(jpegs) for _, jpegs, _ in make_packages(found, [("A1", image())], ["cropped"], **HOW)
    ] == [["cropped"]]


def test_sizes_and_content():
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
    low, high = (make(found, [image()], quality=quality)[0] for quality in (50, 95))
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
    data = [image(), image(300, 400), b"never looked at"]
    make(found, data)
    assert decoded == data[:2]


def test_no_images_no_packages():
    assert list(make_packages(boxes(), [], PACKAGES, **HOW)) == []


def test_images_are_taken_one_at_a_time():
    taken = []

    def images() -> Iterator[tuple[str, bytes]]:
        for name in ("A1", "A2"):
            taken.append(name)
            yield name, image()

    found = boxes(("A1", "ok", None, SQUARE), ("A2", "ok", None, SQUARE))
    rows = make_packages(found, images(), PACKAGES, **HOW)
    assert next(rows)[0] == "A1"
    assert taken == ["A1"]


@pytest.mark.parametrize("status", ["ok", "no_insect"])
def test_what_can_no_longer_be_read_costs_only_itself(status: str):
    # Boxes were found, and then the archive was damaged.
    box = SQUARE if status == "ok" else None
    found = boxes(*[(name, status, None, box) for name in ("A1", "A2", "A3")])
    data = [BrokenImage("archive ends after 3 of 9 bytes"), image()[:500], image()]
    packed, faults = make(found, data, ["original_256"])
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
    # Two fifths of the longer side more, in whole pixels.
    x0, y0, x1, y1 = box
    more = 0.4 * max(x1 - x0, y1 - y0)
    assert cropped.shape[1] == pytest.approx(x1 - x0 + more, abs=1)
    assert cropped.shape[0] == pytest.approx(y1 - y0 + more, abs=1)
    assert min(small.shape[:2]) == 256
    assert max(small.shape[:2]) <= 256 * 4


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_box_is_one_of_the_stored_pixels_whatever_the_orientation(orientation: int):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.fromarray(decode(image())).save(file, "JPEG", quality=95, exif=exif)
    packed, _ = make(boxes(("A1", "ok", None, SQUARE)), [file.getvalue()])
    assert decode(packed["original_256"][0][1]).shape == (256, 341, 3)
    assert decode(packed["cropped"][0][1])[25:115, 25:115].max() < 30


def test_a_package_as_released_is_of_4_to_3_and_lies():
    found = boxes(("A1", "ok", None, (100, 100, 150, 200)))
    packed, _ = make(found, [image()], how=CONVENTIONS["bioscan5m_released"])
    # 90 × 140, turned to 140 × 90, widened to 140 × 106: a half on each side goes to the even.
    assert decode(packed["cropped"][0][1]).shape == (106, 140, 3)
    assert decode(packed["cropped_256"][0][1]).shape == (256, 338, 3)
    assert decode(packed["original_256"][0][1]).shape == (256, 341, 3)
    # From 72 on; the square begins at 100. What is left of it lies below, turned to the left.
    above, below = (decode(packed["cropped"][0][1])[row, 70] for row in (70, 86))
    assert above.max() < 30 and below.min() > 170


def test_the_padding_is_of_the_colour_that_is_asked_for():
    found = boxes(("A1", "ok", None, (0, 0, 100, 100)))
    packed, _ = make(found, [image()], how=Cropping(fill=(204, 218, 243)))
    corner = decode(packed["cropped"][0][1])[2:10, 2:10]
    assert np.abs(corner.astype(int) - (204, 218, 243)).max() <= 4


def test_a_crop_that_would_be_a_line_is_none():
    # Scaled by its shorter side it would be 256 × 76,800, more than a JPEG may have.
    found = boxes(("A1", "ok", None, (200, 0, 201, 300)), ("A2", "ok", None, SQUARE))
    packed, faults = make(found, [image(), image()], how=Cropping(ratio=1.0))
    assert faults == [("A1", "no crop: 1×300 pixels are too narrow")]
    assert [name for name, _ in packed["cropped_256"]] == ["A2"]
    assert [name for name, _ in packed["original_256"]] == ["A1", "A2"]


def test_the_attributes_say_how_a_package_was_made():
    attributes = describe_package("cropped_256", Cropping(), 75)
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
    assert describe_package("cropped", CONVENTIONS["bioscan5m_released"], 75)["aspect"] == "4:3"


def test_the_attributes_name_only_what_applies():
    how = describe_package("original_256", Cropping(), 75)
    assert not how.keys() & {"convention", "ratio", "fill", "aspect", "rotate"}
    assert not describe_package("cropped", Cropping(), 75).keys() & {
        "shorter_side",
        "interpolation",
    }


def test_boxes_of_another_shard_are_refused():
    with pytest.raises(AssertionError, match="different shards"):
        list(make_packages(boxes(("A1", "ok", None, SQUARE)), [("B1", b"")], PACKAGES, **HOW))
    with pytest.raises(ValueError, match="argument 2 is longer"):
        list(make_packages(boxes(("A1", "ok", None, SQUARE)), [], PACKAGES, **HOW))
