"""The scripts that pack the images of a shard and index a package."""

import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.core.images import encode
from bioscan.core.pack import PackReader
from bioscan.image.contents import CONTENTS_SCHEMA
from bioscan.image.cropping import Cropping
from bioscan.image.packages import ImageSettings
from scripts.image.index_package import index_package
from scripts.image.pack_images import pack_images
from tests.unit.core.indexed import write_images

SETTINGS = ImageSettings(("original_256", "cropped"), Cropping(), quality=90)
BOXES = {
    "processid": pl.String, "status": pl.String, "reason": pl.String,
    "x0": pl.Int32, "y0": pl.Int32, "x1": pl.Int32, "y1": pl.Int32,
}  # fmt: skip


def write_shard(folder: Path, *greys: int) -> None:
    """Images A0, A1, …, their index and boxes; every other one has a box."""
    images, boxes = {}, []
    for number, grey in enumerate(greys):
        images[f"A{number}"] = encode(np.full((90, 120, 3), grey, np.uint8), 90)
        found = ("ok", None, 10, 10, 60, 50) if number % 2 else ("no_insect", "-", *[None] * 4)
        boxes.append((f"A{number}", *found))
    write_images(folder, images)
    pl.DataFrame(boxes, BOXES, orient="row").write_parquet(folder / "boxes.parquet")


def pack(folder: Path) -> pl.DataFrame:
    """The table of contents of one shard."""
    pack_images(
        index=folder / "images.parquet",
        boxes=folder / "boxes.parquet",
        shards=1,
        shard=0,
        settings=SETTINGS,
        packs=[folder / f"{package}.h5" for package in SETTINGS.packages],
        contents=folder / "contents.parquet",
        quarantine=folder / "quarantine.parquet",
    )
    return pl.read_parquet(folder / "contents.parquet")


def test_the_contents_are_those_of_the_packs(tmp_path: Path):
    write_shard(tmp_path, 10, 20, 30, 40)
    contents = pack(tmp_path)
    assert contents.select("package", "processid", "row").rows() == [
        *(("original_256", f"A{number}", number) for number in range(4)),
        ("cropped", "A1", 0),
        ("cropped", "A3", 1),
    ]
    for package, processid, row, crc in contents.iter_rows():
        reader = PackReader([tmp_path / f"{package}.h5"])
        assert reader.processid(0, row) == processid
        assert zlib.crc32(reader.read(0, row)) == crc


def test_a_shard_without_images_has_empty_contents(tmp_path: Path):
    write_shard(tmp_path)
    contents = pack(tmp_path)
    assert contents.is_empty()
    assert contents.schema == CONTENTS_SCHEMA
    index_package([tmp_path / "contents.parquet"], "cropped", tmp_path / "index.parquet")
    assert pl.read_parquet(tmp_path / "index.parquet").columns == [
        "processid", "shard", "row", "crc",
    ]  # fmt: skip


@pytest.mark.parametrize("grey", [20, 21])
def test_the_index_changes_with_the_pixels_of_a_pack(tmp_path: Path, grey: int):
    index = tmp_path / "index.parquet"
    found = []
    for greys in ((10, 20), (10, grey)):
        write_shard(tmp_path, *greys)
        pack(tmp_path)
        index_package([tmp_path / "contents.parquet"], "cropped", index)
        found.append(index.read_bytes())
    assert (found[0] == found[1]) == (grey == 20)
