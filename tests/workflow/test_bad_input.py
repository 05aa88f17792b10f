"""One source with every kind of bad photograph: all others are packed, each of these says why."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from PIL import ExifTags, Image

from bioscan.core.errors import InputError
from bioscan.core.images import decode, encode
from bioscan.core.pack import PackReader
from bioscan.image.cropping import Cropping
from bioscan.image.packages import ImageSettings
from scripts.detect.predict_boxes import predict_shard
from scripts.image.index_package import index_package
from scripts.image.pack_images import pack_images
from scripts.ingest.index_images import index_images
from tests.unit.detect.settings import SETTINGS
from tests.workflow.runs import ROOT

PACKAGES = ("original_256", "cropped", "cropped_256")
IMAGE = ImageSettings(PACKAGES, Cropping(), quality=90)
#: Untrained, and so low a threshold that every image gets a box.
DETECTOR = replace(SETTINGS, threshold=0)
SHARDS = 2
SIZE = WIDTH, HEIGHT = 128, 96


def pixels(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A light well with a dark rectangle, and some noise that makes its JPEG longer."""
    well = np.random.default_rng(0).integers(190, 210, (height, width, 3), dtype=np.uint8)
    well[height // 4 : height // 2, width // 4 : width // 2] = 40
    return well


def saved(image: Image.Image, format: str, **options: Image.Exif) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


GOOD = encode(pixels(), 90)
PNG = saved(Image.fromarray(pixels()), "PNG")
TURNED = Image.Exif()
TURNED[ExifTags.Base.Orientation] = 6


def announcing(width: int, height: int) -> bytes:
    """A JPEG with another size in its header."""
    at = GOOD.index(b"\xff\xc0") + 5
    return GOOD[:at] + struct.pack(">HH", height, width) + GOOD[at + 4 :]


def png_bomb() -> bytes:
    header = b"IHDR" + struct.pack(">II", 30_000, 30_000) + PNG[24:29]
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


def with_a_wrong_bit(data: bytes) -> bytes:
    """So that it still decodes."""
    at = len(data) // 2
    wrong = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
    assert decode(wrong).shape == decode(data).shape
    return wrong


#: Images that can be used, unusual as they are, in the order of their names.
USABLE = {
    "cmyk": saved(Image.fromarray(pixels()).convert("CMYK"), "JPEG"),
    "edge": GOOD,
    "exif": saved(Image.fromarray(pixels()), "JPEG", exif=TURNED),
    "good": GOOD,
    "grey": saved(Image.fromarray(pixels()[..., 0]), "JPEG"),
    "line": GOOD,
    "png": PNG,
    "sixteen": saved(Image.fromarray(pixels()[..., 0].astype(np.uint16) * 256), "PNG"),
    "twice_across": GOOD,
    "twice_within": GOOD,
}

#: Faults that the image index finds without decoding.
UNUSABLE = {
    "absolute": (GOOD, "member name leaves its folder"),
    "bomb_jpeg": (
        announcing(30_000, 30_000),
        "too large: 30000×30000 pixels, at most 10000 on a side",
    ),
    "bomb_png": (png_bomb(), "too large: at most 10000 pixels on a side"),
    "narrow": (announcing(9_000, 1), "too narrow: 9000×1 pixels, at most 100 to 1"),
    "outside": (GOOD, "member name leaves its folder"),
    "text": (b"<html>quota exceeded</html>", "is a web page; download the image again"),
    "zero": (b"", "empty file"),
}

#: Faults that show only when the whole file is read, and how their reasons begin.
UNREADABLE = {
    "bit": (GOOD, "damaged archive member: its checksum differs"),
    "truncated_jpeg": (GOOD[: len(GOOD) * 2 // 3], "Premature end of JPEG file"),
    "truncated_png": (PNG[: len(PNG) * 2 // 3], "image file is truncated"),
}

FOLDERS = {"absolute": "/part1", "outside": "../part1"}


@dataclass(frozen=True)
class Run:
    """Where the tables of a run are."""

    folder: Path

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def shards(self, name: str) -> pl.DataFrame:
        return pl.concat(self.table(f"{name}{shard}") for shard in range(SHARDS))


def write_archives(folder: Path) -> list[Path]:
    first, second, third = (folder / f"part{number}.zip" for number in (1, 2, 3))
    with zipfile.ZipFile(first, "w") as archive:
        bad = {name: data for name, (data, _) in (UNUSABLE | UNREADABLE).items()}
        for name, data in sorted((USABLE | bad).items()):
            archive.writestr(f"{FOLDERS.get(name, 'part1')}/{name}.jpg", data)
        archive.writestr("again/twice_within.jpg", GOOD)
    # Stored members lie in the archive as they are.
    whole = bytearray(first.read_bytes())
    at = zipfile.ZipFile(first).getinfo("part1/bit.jpg").header_offset
    at = whole.index(GOOD, at)
    whole[at : at + len(GOOD)] = with_a_wrong_bit(GOOD)
    first.write_bytes(whole)
    with zipfile.ZipFile(second, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part2/twice_across.jpg", GOOD)
        archive.writestr("part2/unrecorded.jpg", GOOD)
        archive.writestr("part2/deflated.jpg", GOOD)
    with zipfile.ZipFile(third, "w") as archive:
        archive.writestr("part3/lost.jpg", GOOD)
    third.write_bytes(third.read_bytes()[:-60])
    return [first, second, third]


def write_index(folder: Path, max_quarantined_share: float) -> None:
    names = [*USABLE, *UNUSABLE, *UNREADABLE, "deflated", "lost", "missing"]
    records = pl.DataFrame({"processid": names, "image_file": [f"{name}.jpg" for name in names]})
    records.write_parquet(folder / "records.parquet")
    index_images(
        records=folder / "records.parquet",
        archives=write_archives(folder),
        folders=[],
        processes=1,
        max_quarantined_share=max_quarantined_share,
        index=folder / "images.parquet",
        quarantine=folder / "images_quarantine.parquet",
        reading=folder / "reading_images.csv",
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every step from the archives to the indexed packs."""
    folder = tmp_path_factory.mktemp("bad_input")
    write_index(folder, max_quarantined_share=1)
    index = folder / "images.parquet"
    for shard in range(SHARDS):
        torch.manual_seed(0)
        boxes = folder / f"boxes{shard}.parquet"
        model = ROOT / "config" / "detectors" / "rt_detr"
        predict_shard(index, SHARDS, shard, model, DETECTOR, threads=1, boxes=boxes)
        answer_edges(boxes)
        pack_images(
            index=index,
            boxes=boxes,
            shards=SHARDS,
            shard=shard,
            settings=IMAGE,
            packs=[folder / f"{package}{shard}.h5" for package in PACKAGES],
            contents=folder / f"contents{shard}.parquet",
            quarantine=folder / f"quarantine{shard}.parquet",
        )
    for package in PACKAGES:
        contents = [folder / f"contents{shard}.parquet" for shard in range(SHARDS)]
        index_package(contents, package, folder / f"{package}.parquet")
    return Run(folder)


def answer_edges(boxes: Path) -> None:
    """Give two images the boxes that a detector could give: along the frame, a pixel wide."""
    found = pl.read_parquet(boxes)
    for name, box in (("edge", (0, 0, WIDTH, HEIGHT)), ("line", (WIDTH - 1, 0, WIDTH, HEIGHT))):
        is_this = pl.col("processid") == name
        found = found.with_columns(
            pl.when(is_this).then(pl.lit(value, pl.Int32)).otherwise(corner).alias(corner)
            for corner, value in zip(("x0", "y0", "x1", "y1"), box, strict=True)
        )
    found.write_parquet(boxes)


def test_what_cannot_be_used_is_set_aside_with_its_reason(run: Run):
    found = run.table("images_quarantine").rows()
    expected = [(name, reason) for name, (_, reason) in UNUSABLE.items()]
    expected += [
        ("twice_within", f"photograph occurs before (again in {run.folder / 'part1.zip'})"),
        ("twice_across", f"photograph occurs before (again in {run.folder / 'part2.zip'})"),
        ("unrecorded.jpg", "photograph without a record"),
        ("part3.zip", "not a readable zip (File is not a zip file)"),
        ("lost", "record without a photograph: lost.jpg is none of the files"),
        ("missing", "record without a photograph: missing.jpg is none of the files"),
    ]
    assert sorted(found) == sorted(expected)
    assert run.table("images")["processid"].to_list() == [
        *sorted([*USABLE, *UNREADABLE]), "deflated",
    ]  # fmt: skip


def test_too_many_are_refused_with_the_first_ten(tmp_path: Path):
    with pytest.raises(InputError, match=r"quarantined, more than .* 0\.05: absolute: member name"):
        write_index(tmp_path, max_quarantined_share=0.05)
    assert not (tmp_path / "images.parquet").exists()


def test_what_cannot_be_read_has_a_row_that_says_why(run: Run):
    boxes = run.shards("boxes")
    assert boxes["processid"].equals(run.table("images")["processid"])
    unreadable = dict(
        boxes.filter(pl.col("status") != "ok").select("processid", "reason").iter_rows()
    )
    assert sorted(unreadable) == sorted(UNREADABLE)
    for name, (_, reason) in UNREADABLE.items():
        assert unreadable[name].startswith(reason)
    assert dict(run.shards("quarantine").iter_rows()) == {
        name: f"unreadable: {reason}" for name, reason in unreadable.items()
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_else_is_packed(run: Run, package: str):
    packed = run.table(package)
    assert packed["processid"].to_list() == [*sorted(USABLE), "deflated"]
    reader = PackReader([run.folder / f"{package}{shard}.h5" for shard in range(SHARDS)])
    for processid, shard, row, _ in packed.iter_rows():
        image = decode(reader.read(shard, row))
        if package == "original_256":
            assert image.shape == (256, 341, 3), processid
        elif package == "cropped_256":
            assert min(image.shape[:2]) == 256, processid


def test_every_record_and_image_is_accounted_for_once(run: Run):
    of_records = [*USABLE, *UNUSABLE, *UNREADABLE, "deflated", "lost", "missing"]
    again = ["twice_within", "twice_across"]
    others = ["unrecorded.jpg", "part3.zip"]
    counted = [
        *run.table("images_quarantine")["processid"],
        *run.shards("quarantine")["processid"],
        *run.table("cropped_256")["processid"],
    ]
    assert sorted(counted) == sorted(of_records + again + others)


def test_boxes_and_crops_are_in_the_frame_that_is_stored(run: Run):
    rows = run.shards("boxes").rows_by_key("processid", named=True, unique=True)
    for name in ("exif", "good"):
        assert (rows[name]["width_original"], rows[name]["height_original"]) == SIZE
    # Nearly the same pixels, but for their JPEG's quality.
    for corner in ("x0", "y0", "x1", "y1"):
        assert abs(rows["exif"][corner] - rows["good"][corner]) <= 2
    place = run.table("original_256").filter(pl.col("processid") == "exif").row(0)
    image = decode(PackReader([run.folder / f"original_256{place[1]}.h5"]).read(0, place[2]))
    assert image[70:120, 95:160].max() < 90  # the rectangle, where it is stored
    assert image[140:, 180:].min() > 150


def test_crops_at_the_frame_and_a_pixel_wide_are_filled_up(run: Run):
    sizes = {}
    for processid, shard, row, _ in run.table("cropped").iter_rows():
        jpeg = PackReader([run.folder / f"cropped{shard}.h5"]).read(0, row)
        sizes[processid] = decode(jpeg)
    # 0.4 · 128 / 2 = 25.6 on each side of the whole frame, cut down from −25.6 and to 153 and 121.
    assert sizes["edge"].shape == (121 + 25, 153 + 25, 3)
    assert sizes["edge"][:20].min() > 240
    # 0.4 · 96 / 2 = 19.2 on each side of the last column.
    assert sizes["line"].shape == (115 + 19, 147 - 107, 3)
    assert sizes["line"][:, 26:].min() > 240
