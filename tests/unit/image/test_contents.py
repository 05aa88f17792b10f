"""The tables of contents of packs, and the index made from them."""

import zlib
from pathlib import Path

import polars as pl
import pytest

from bioscan.image.contents import CONTENTS_SCHEMA, Contents, build_index

Shard = list[tuple[str, str, bytes]]

#: (package, processid, JPEG) as they are packed: image by image, not package by package.
FIRST = [
    ("original_256", "A1", b"one"),
    ("cropped", "A1", b"two"),
    ("original_256", "A2", b"three"),
    ("original_256", "A3", b""),
    ("cropped", "A3", b"four"),
]
SECOND = [("original_256", "B1", b"five"), ("cropped", "B1", b"one")]


def tabulate(images: Shard) -> pl.DataFrame:
    contents = Contents(["original_256", "cropped"])
    for image in images:
        contents.add(*image)
    return contents.table()


def index(folder: Path, *shards: Shard, package: str = "cropped") -> pl.DataFrame:
    paths = [folder / f"{shard:04d}.parquet" for shard in range(len(shards))]
    for path, images in zip(paths, shards, strict=True):
        tabulate(images).write_parquet(path)
    return build_index(paths, package)


def test_rows_of_a_package_are_together_in_the_order_of_its_pack():
    assert tabulate(FIRST).rows() == [
        ("original_256", "A1", 0, zlib.crc32(b"one")),
        ("original_256", "A2", 1, zlib.crc32(b"three")),
        ("original_256", "A3", 2, 0),
        ("cropped", "A1", 0, zlib.crc32(b"two")),
        ("cropped", "A3", 1, zlib.crc32(b"four")),
    ]


def test_an_empty_shard_has_an_empty_table_with_the_same_columns():
    assert tabulate([]).schema == tabulate(FIRST).schema == CONTENTS_SCHEMA
    assert tabulate([]).is_empty()


def test_the_index_gives_the_pack_and_row_of_each_image(tmp_path: Path):
    found = index(tmp_path, FIRST, SECOND)
    assert found.schema == {
        "processid": pl.String,
        "shard": pl.UInt32,
        "row": pl.UInt32,
        "crc": pl.UInt32,
    }
    assert found.rows() == [
        ("A1", 0, 0, zlib.crc32(b"two")),
        ("A3", 0, 1, zlib.crc32(b"four")),
        ("B1", 1, 0, zlib.crc32(b"one")),
    ]


@pytest.mark.parametrize("shards", [([], FIRST), ([], [])])
def test_an_empty_shard_keeps_its_number_and_the_columns(tmp_path: Path, shards: tuple[Shard]):
    found = index(tmp_path, *shards)
    assert found.schema == index(tmp_path, FIRST, SECOND).schema
    assert set(found["shard"]) <= {1}
    assert found.is_empty() == (not any(shards))


def test_other_pixels_give_another_index(tmp_path: Path):
    before = index(tmp_path, FIRST, SECOND)
    changed = index(tmp_path, FIRST, [*SECOND[:1], ("cropped", "B1", b"onE")])
    assert not changed.equals(before)
    assert changed.drop("crc").equals(before.drop("crc"))


def test_other_pixels_in_another_package_give_the_same_index(tmp_path: Path):
    before = index(tmp_path, FIRST, SECOND)
    changed = index(tmp_path, FIRST, [("original_256", "B1", b"six"), *SECOND[1:]])
    assert changed.equals(before)
