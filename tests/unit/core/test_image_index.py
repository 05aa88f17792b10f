"""Reading images inside their zips: all bytes, or an error in their place."""

import errno
import os
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.core.errors import InputError
from bioscan.core.image_index import (
    DEFLATED,
    HDF5,
    IMAGE_INDEX_SCHEMA,
    MAX_BYTES,
    STORED,
    read_images,
    read_member,
    read_shard,
    shard_bounds,
)
from bioscan.core.images import BrokenImage, decode, encode

#: The content of the archive; none of it is decoded.
CONTENT = {"A1": b"first" * 50, "A2": b"\xff\xd8 second \x00\x00", "A3": bytes(1000)}


def write_zip(path: Path, compression: int) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in CONTENT.items():
            archive.writestr(f"part1/{name}.jpg", data)
    return path


def index_of(*archives: Path) -> pl.DataFrame:
    """An image index, from the local headers of the members."""
    rows = []
    for path in archives:
        whole = path.read_bytes()
        for info in zipfile.ZipFile(path).infolist():
            name = info.filename.encode()
            offset = whole.index(name, info.header_offset) + len(name)
            processid = Path(info.filename).stem
            size, kind = info.compress_size, info.compress_type
            rows.append((processid, str(path), info.filename, offset, size, kind, info.CRC, 1, 1))
    return pl.DataFrame(rows, schema=IMAGE_INDEX_SCHEMA, orient="row")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_bit_for_bit(tmp_path: Path, compression: int):
    index = index_of(write_zip(tmp_path / "a.zip", compression))
    assert dict(read_images(index)) == CONTENT


def test_rows_come_in_the_order_of_the_index_across_archives(tmp_path: Path):
    index = index_of(
        write_zip(tmp_path / "a.zip", zipfile.ZIP_STORED),
        write_zip(tmp_path / "b.zip", zipfile.ZIP_DEFLATED),
    )[[5, 0, 3, 2]]
    assert list(read_images(index)) == [(name, CONTENT[name]) for name in index["processid"]]


def test_a_file_in_a_folder_is_an_archive_of_one(tmp_path: Path):
    (tmp_path / "A2.jpg").write_bytes(CONTENT["A2"])
    row = ("A2", str(tmp_path / "A2.jpg"), "", 0, len(CONTENT["A2"]), STORED, None, 1, 1)
    index = pl.DataFrame([row], schema=IMAGE_INDEX_SCHEMA, orient="row")
    assert list(read_images(index)) == [("A2", CONTENT["A2"])]


def test_no_rows_no_images():
    assert list(read_images(pl.DataFrame(schema=IMAGE_INDEX_SCHEMA))) == []


@pytest.mark.parametrize("compression", [STORED, HDF5])
def test_an_archive_that_is_gone_is_one_clear_line(tmp_path: Path, compression: int):
    path = tmp_path / "part1.zip"
    row = {"processid": "A1", "archive": str(path), "member": "a.jpg", "offset": 0, "size": 1}
    index = pl.DataFrame([{**row, "compression": compression, "crc": None}])
    with pytest.raises(InputError, match=r"part1\.zip: the image index names it, but") as error:
        next(read_images(index))
    assert "--forcerun index_images" in str(error.value)


def test_a_truncated_archive_costs_only_the_missing_members(tmp_path: Path):
    archive = write_zip(tmp_path / "a.zip", zipfile.ZIP_STORED)
    index = index_of(archive)
    keep = index["offset"][1] + 5
    archive.write_bytes(archive.read_bytes()[:keep])
    found = dict(read_images(index))
    assert found["A1"] == CONTENT["A1"]
    assert str(found["A2"]) == "archive ends after 5 of 12 bytes"
    assert str(found["A3"]) == "archive ends after 0 of 1000 bytes"
    assert isinstance(found["A2"], BrokenImage)


def test_a_damaged_member_costs_only_itself(tmp_path: Path):
    archive = write_zip(tmp_path / "a.zip", zipfile.ZIP_DEFLATED)
    index = index_of(archive)
    data = bytearray(archive.read_bytes())
    data[index["offset"][0]] = 0b111  # a block of an undefined type
    archive.write_bytes(data)
    found = dict(read_images(index))
    assert isinstance(found["A1"], BrokenImage)
    assert "damaged archive member" in str(found["A1"])
    assert found["A2"] == CONTENT["A2"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_bytes_with_another_checksum_are_refused(tmp_path: Path, compression: int):
    archive = write_zip(tmp_path / "a.zip", compression)
    index = index_of(archive).with_columns(crc=pl.Series([1, None, None], dtype=pl.UInt32))
    found = dict(read_images(index))
    assert str(found["A1"]) == "damaged archive member: its checksum differs"
    # Without a checksum nothing is compared.
    assert found["A2"] == CONTENT["A2"]


def test_one_wrong_bit_is_found_where_the_jpeg_still_decodes(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    jpeg = encode(pixels, 75)
    at = next(at for at in range(len(jpeg) // 2, len(jpeg)) if decodes(wrong := with_bit(jpeg, at)))
    assert at < len(jpeg) - 2
    with pytest.raises(BrokenImage, match="its checksum differs"):
        read_stored(tmp_path, wrong, crc=zlib.crc32(jpeg))


def with_bit(data: bytes, at: int) -> bytes:
    """The data with one flipped bit."""
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def decodes(data: bytes) -> bool:
    try:
        return decode(data).size > 0
    except BrokenImage:
        return False


def read_stored(folder: Path, stored: bytes, **place: int | None) -> bytes:
    """Read an image at the beginning of an archive, stored and without a checksum unless `place`
    overrides it."""
    (folder / "archive").write_bytes(stored)
    with (folder / "archive").open("rb") as file:
        how = {"offset": 0, "size": len(stored), "compression": STORED, "crc": None}
        return read_member(file.fileno(), **(how | place))


def test_a_size_that_would_fill_memory_is_not_read(tmp_path: Path):
    with pytest.raises(BrokenImage, match=r"^too large: 1099511627776 bytes, at most 200000000$"):
        read_stored(tmp_path, b"", size=1 << 40)


def test_a_deflate_stream_without_an_end_is_damaged(tmp_path: Path):
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = stream.compress(CONTENT["A1"]) + stream.flush()
    assert read_stored(tmp_path, data, compression=DEFLATED) == CONTENT["A1"]
    with pytest.raises(BrokenImage, match="does not end"):
        read_stored(tmp_path, data[:-2], compression=DEFLATED)


def test_a_deflate_bomb_is_refused(tmp_path: Path):
    stream, block = zlib.compressobj(1, wbits=-zlib.MAX_WBITS), bytes(1 << 20)
    parts = [stream.compress(block) for _ in range(MAX_BYTES // len(block) + 1)]
    bomb = b"".join([*parts, stream.flush()])
    assert len(bomb) < 2_000_000
    with pytest.raises(BrokenImage, match="too large"):
        read_stored(tmp_path, bomb, compression=DEFLATED)


@settings(deadline=None)
@given(rows=st.integers(0, 10_000_000), shards=st.integers(1, 300))
def test_shards_partition_the_rows(rows: int, shards: int):
    bounds = [shard_bounds(rows, shards, shard) for shard in range(shards)]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == rows
    assert all(before[1] == after[0] for before, after in pairwise(bounds))
    sizes = [stop - start for start, stop in bounds]
    assert min(sizes) >= 0
    assert max(sizes) - min(sizes) <= 1


def test_the_shards_of_an_index_are_the_index(tmp_path: Path):
    index = index_of(write_zip(tmp_path / "a.zip", zipfile.ZIP_STORED))
    index.write_parquet(tmp_path / "images.parquet")
    # Three rows in five shards: two are empty.
    shards = [read_shard(tmp_path / "images.parquet", 5, shard) for shard in range(5)]
    assert sorted(shard.height for shard in shards) == [0, 0, 1, 1, 1]
    assert pl.concat(shards).equals(index)


def loose(path: Path) -> pl.DataFrame:
    """An image index of one file."""
    path.write_bytes(CONTENT["A1"])
    size = len(CONTENT["A1"])
    row = ("A1", str(path), "", 0, size, STORED, zlib.crc32(CONTENT["A1"]), 9, 8)
    return pl.DataFrame([row], schema=IMAGE_INDEX_SCHEMA, orient="row")


def test_a_file_that_the_disk_does_not_give_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    index = pl.concat([loose(tmp_path / "a.jpg"), loose(tmp_path / "b.jpg")])
    real = os.pread

    def failing(descriptor: int, size: int, offset: int) -> bytes:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "a.jpg":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    (_, first), (_, second) = read_images(index)
    assert isinstance(first, BrokenImage)
    assert str(first) == "cannot be read (Input/output error)"
    assert second == CONTENT["A1"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_file_that_cannot_be_opened_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    index = pl.concat([loose(tmp_path / "a.jpg"), loose(tmp_path / "b.jpg")])
    real = Path.open

    def failing(path: Path, *mode: str) -> object:
        if path.name == "a.jpg":
            raise OSError(number, os.strerror(number))
        return real(path, *mode)

    monkeypatch.setattr(Path, "open", failing)
    (_, first), (_, second) = read_images(index)
    assert isinstance(first, BrokenImage)
    assert str(first) == f"cannot be read ({os.strerror(number)})"
    assert second == CONTENT["A1"]


def test_an_archive_that_cannot_be_opened_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    index = index_of(write_zip(tmp_path / "a.zip", zipfile.ZIP_STORED))

    def failing(path: Path, *mode: str) -> object:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(InputError, match=r"a\.zip: the image index names it, but it cannot be"):
        list(read_images(index))
