"""The image index: where images lie inside their zips, and which cannot be used."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from bioscan.core.errors import InputError
from bioscan.core.image_index import IMAGE_INDEX_SCHEMA, read_images
from bioscan.core.images import encode
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.ingest.images import (
    HEAD,
    images_of,
    list_archive,
    list_folder,
    match_records,
)


def jpeg(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return encode(pixels, 75)


def with_exif(data: bytes, size: int) -> bytes:
    """A JPEG with a long EXIF segment in front of its header."""
    segment = b"Exif\x00\x00" + bytes(size)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


CONTENT = {
    "part1/A1.jpg": jpeg(40, 30),
    "part1/A2.JPG": jpeg(64, 48),
    "part2/A3.jpeg": with_exif(jpeg(33, 22), 20_000),
}


def zipped(
    path: Path, content: dict[str, bytes] = CONTENT, compression: int = zipfile.ZIP_STORED
) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def reasons(found: pl.DataFrame) -> dict[str, str | None]:
    return dict(found.select("image_file", "reason").iter_rows())


def read(found: pl.DataFrame) -> dict[str, object]:
    """The images, read where the index says they are."""
    return dict(read_images(found.with_columns(processid="image_file")))


def records(*rows: tuple[str, str | None]) -> pl.DataFrame:
    schema = {"processid": pl.String, "image_file": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


# ---- archives


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_image_is_found_where_it_lies(tmp_path: Path, compression: int):
    path = zipped(tmp_path / "a.zip", compression=compression)
    found = list_archive(path)
    assert found["archive"].unique().to_list() == [str(path)]
    assert found.select("member", "image_file", "width", "height", "reason").rows() == [
        ("part1/A1.jpg", "A1.jpg", 40, 30, None),
        ("part1/A2.JPG", "A2.JPG", 64, 48, None),
        ("part2/A3.jpeg", "A3.jpeg", 33, 22, None),
    ]
    assert read(found) == {Path(name).name: data for name, data in CONTENT.items()}


def test_offset_and_size_are_those_of_the_jpeg_itself(tmp_path: Path):
    path = zipped(tmp_path / "a.zip")
    whole = path.read_bytes()
    places = list_archive(path).select("offset", "size").rows()
    assert [whole[start : start + size] for start, size in places] == list(CONTENT.values())


def test_local_headers_of_any_length_are_passed_over(tmp_path: Path):
    # force_zip64 adds 20 bytes to the local header that the central directory does not have,
    # and the name makes the header longer than what is read at first.
    name = "/".join(["folder" * 20] * 40) + "/A1.jpg"
    assert len(name) > HEAD
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w") as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        member.write(CONTENT["part1/A1.jpg"])
    found = list_archive(tmp_path / "a.zip")
    assert found.select("width", "height", "reason").row(0) == (40, 30, None)
    assert read(found) == {"A1.jpg": CONTENT["part1/A1.jpg"]}


def test_an_archive_behind_other_bytes_is_read(tmp_path: Path):
    path = zipped(tmp_path / "a.zip")
    path.write_bytes(b"#!/bin/sh\n" * 10 + path.read_bytes())
    assert read(list_archive(path))["A1.jpg"] == CONTENT["part1/A1.jpg"]


def test_what_is_no_image_is_passed_over(tmp_path: Path):
    content = {"LICENSE.txt": b"CC", "part1/": b"", "list.csv": b"a", "A1.jpg.md5": b"0"} | CONTENT
    assert list_archive(zipped(tmp_path / "a.zip", content))["member"].to_list() == list(CONTENT)


def test_an_empty_archive_has_no_images(tmp_path: Path):
    found = list_archive(zipped(tmp_path / "a.zip", {}))
    assert found.height == 0
    assert set(IMAGE_INDEX_SCHEMA) - {"processid"} < set(found.columns)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_that_are_no_images_inside_have_a_reason(tmp_path: Path, compression: int):
    content = {"zero.jpg": b"", "text.jpg": b"processid\n" * 999, "A1.jpg": jpeg(40, 30)}
    found = list_archive(zipped(tmp_path / "a.zip", content, compression))
    assert reasons(found) == {
        "zero.jpg": "empty file",
        "text.jpg": "not a photograph",
        "A1.jpg": None,
    }


def test_an_image_that_announces_too_much_has_a_reason(tmp_path: Path):
    data = bytearray(jpeg(40, 30))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 30_000, 30_000)
    found = list_archive(zipped(tmp_path / "a.zip", {"A1.jpg": bytes(data)}))
    assert reasons(found) == {"A1.jpg": "too large: 30000×30000 pixels, at most 10000 on a side"}


@pytest.mark.parametrize("name", ["../A1.jpg", "/etc/A1.jpg", "part1/../../A1.jpg"])
def test_a_member_that_leaves_its_folder_has_a_reason(tmp_path: Path, name: str):
    found = list_archive(zipped(tmp_path / "a.zip", {name: jpeg(40, 30)}))
    assert found.select("image_file", "reason").row(0) == (
        "A1.jpg",
        "member name leaves its folder",
    )


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_have_a_reason(tmp_path: Path, kind: int):
    found = list_archive(zipped(tmp_path / "a.zip", {"A1.jpg": jpeg(40, 30)}, kind))
    assert "packed in an unknown way" in reasons(found)["A1.jpg"]


def changed(path: Path, record: bytes, field: int, value: bytes) -> Path:
    """An archive with a field of its first central record or local header written over."""
    data = bytearray(path.read_bytes())
    at = data.index(record) + field
    data[at : at + len(value)] = value
    path.write_bytes(data)
    return path


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


@pytest.mark.parametrize(
    ("record", "field", "value", "reason"),
    [
        (CENTRAL, 8, b"\x01\x00", "member is encrypted or packed in an unknown way"),
        (CENTRAL, 10, b"\x00\xf0", "member is encrypted or packed in an unknown way"),
        (CENTRAL, 42, b"\x07", "member has no local header (truncated archive)"),
        (CENTRAL, 42, b"\xff\xff\xff\x00", "member has no local header (truncated archive)"),
        (LOCAL, 0, b"ZAPP", "member has no local header (truncated archive)"),
    ],
)
def test_a_damaged_member_costs_only_itself(
    tmp_path: Path, record: bytes, field: int, value: bytes, reason: str
):
    path = changed(zipped(tmp_path / "a.zip"), record, field, value)
    assert reasons(list_archive(path)) == {"A1.jpg": reason, "A2.JPG": None, "A3.jpeg": None}


def test_a_member_beyond_the_end_of_its_archive_costs_only_itself(tmp_path: Path):
    # The central directory says one that is longer than all there is.
    path = zipped(tmp_path / "a.zip", compression=zipfile.ZIP_DEFLATED)
    changed(path, CENTRAL, 20, struct.pack("<I", 10_000_000))
    found = reasons(list_archive(path))
    assert "archive ends after" in found["A1.jpg"]
    assert found["A2.JPG"] is None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_archive_is_one_row_with_the_reason(tmp_path: Path, share: float):
    path = zipped(tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert unreadable(path)


def test_what_is_no_zip_is_one_row_with_the_reason(tmp_path: Path):
    (tmp_path / "a.zip").write_text("<html>quota exceeded</html>")
    assert unreadable(tmp_path / "a.zip")


def unreadable(path: Path) -> bool:
    """Whether an archive was found to be no zip, and nothing else of it."""
    found = list_archive(path)
    assert found.height == 1
    row = found.row(0, named=True)
    assert (row["archive"], row["image_file"], row["width"]) == (str(path), path.name, None)
    return row["reason"].startswith("not a readable zip (")


def test_an_archive_that_cannot_be_opened_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.zip: No such file or directory$"):
        list_archive(tmp_path / "none.zip")


def test_an_unreadable_archive_costs_only_its_own_images(tmp_path: Path):
    (tmp_path / "b.zip").write_text("<html>quota exceeded</html>")
    found = pl.concat([list_archive(tmp_path / "b.zip"), list_archive(zipped(tmp_path / "a.zip"))])
    known = records(("A1", "A1.jpg"), ("B1", "B1.jpg"), ("A2", "A2.JPG"), ("A3", "A3.jpeg"))
    index, set_aside = match_records(found, known)
    assert index["processid"].to_list() == ["A1", "A2", "A3"]
    assert set_aside.rows() == [
        ("b.zip", "not a readable zip (File is not a zip file)"),
        ("B1", "record without a photograph"),
    ]


def test_an_offset_that_no_file_can_have_costs_only_its_member(tmp_path: Path):
    # The 8 bytes of a zip64 extra field in the place of the 4 that mean: look there.
    far = tmp_path / "a.zip"
    with zipfile.ZipFile(far, "w") as archive:
        archive.writestr("A1.jpg", jpeg(40, 30))
        archive.writestr("A2.jpg", jpeg(20, 10))
        archive.infolist()[0].extra = struct.pack("<HHQ", 1, 8, 2**63 + 5)
    changed(far, CENTRAL, 42, b"\xff\xff\xff\xff")
    assert zipfile.ZipFile(far).infolist()[0].header_offset == 2**63 + 5
    assert reasons(list_archive(far)) == {
        "A1.jpg": "member has no local header (truncated archive)",
        "A2.jpg": None,
    }


def test_the_head_of_a_short_member_ends_with_it(tmp_path: Path):
    # What follows the start of a JPEG is not the member behind it.
    content = {"A1.jpg": jpeg(40, 30)[:100], "A2.jpg": jpeg(20, 10)[100:], "A3.jpg": jpeg(9, 8)}
    assert reasons(list_archive(zipped(tmp_path / "a.zip", content))) == {
        "A1.jpg": "not a photograph",
        "A2.jpg": "not a photograph",
        "A3.jpg": None,
    }


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_directory_is_told_or_costs_some_members(tmp_path_factory, data: st.DataObject):
    path = zipped(tmp_path_factory.mktemp("zips") / "a.zip", {"ä.jpg": jpeg(9, 8)})
    whole = bytearray(path.read_bytes())
    start = whole.index(CENTRAL)
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(start, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    found = list_archive(path)
    assert found.filter(pl.col("reason").is_null() & pl.col("width").is_null()).height == 0


# ---- folders


def test_a_folder_is_listed_by_name(tmp_path: Path):
    for name, data in (
        ("b.jpg", jpeg(40, 30)),
        ("a.PNG", b"no"),
        ("c.jpeg", with_exif(jpeg(9, 8), 20_000)),
    ):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "d.jpg").mkdir()
    found = list_folder(tmp_path)
    assert found.select("image_file", "width", "height", "reason").rows() == [
        ("a.PNG", None, None, "not a photograph"),
        ("b.jpg", 40, 30, None),
        ("c.jpeg", 9, 8, None),
    ]
    assert read(found)["b.jpg"] == jpeg(40, 30)


def test_archives_and_folders_give_the_same_columns(tmp_path: Path):
    (tmp_path / "b.jpg").write_bytes(jpeg(40, 30))
    assert list_folder(tmp_path).schema == list_archive(zipped(tmp_path / "a.zip")).schema


def test_a_folder_without_images_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="none: no such folder"):
        images_of(tmp_path / "none")
    (tmp_path / "plate1").mkdir()
    (tmp_path / "plate1" / "b.jpg").touch()
    with pytest.raises(InputError, match="folders within it hold 1, expected"):
        images_of(tmp_path)


def test_images_in_folders_of_a_folder_are_passed_over_aloud(tmp_path: Path, caplog):
    for name in ("a.jpg", "plate1/b.jpg", "plate1/row2/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert images_of(tmp_path) == [tmp_path / "a.jpg"]
    assert "are passed over: 2" in caplog.text


# ---- images and records


def matched(tmp_path: Path, *rows: tuple[str, str | None]) -> tuple[pl.DataFrame, list[tuple]]:
    index, set_aside = match_records(list_archive(zipped(tmp_path / "a.zip")), records(*rows))
    assert dict(index.schema) == IMAGE_INDEX_SCHEMA
    assert dict(set_aside.schema) == QUARANTINE_SCHEMA
    return index, set_aside.rows()


def test_each_image_gets_its_record_in_reading_order(tmp_path: Path):
    index, set_aside = matched(
        tmp_path, ("A3-21", "A3.jpeg"), ("A1-21", "A1.jpg"), ("A2-21", "A2.JPG")
    )
    assert index["processid"].to_list() == ["A1-21", "A2-21", "A3-21"]
    assert index["offset"].is_sorted()
    assert set_aside == []


def test_what_has_no_counterpart_is_set_aside(tmp_path: Path):
    index, set_aside = matched(
        tmp_path, ("A1-21", "A1.jpg"), ("B1-21", "B1.jpg"), ("B2-21", None), ("A2-21", "A2.JPG")
    )
    assert index["processid"].to_list() == ["A1-21", "A2-21"]
    assert set_aside == [
        ("A3.jpeg", "photograph without a record"),
        ("B1-21", "record without a photograph"),
        ("B2-21", "record without a photograph"),
    ]


def found_twice(tmp_path: Path, first: bytes, again: bytes, archive: str) -> pl.DataFrame:
    """A1.jpg in folder part1 of a.zip, and in folder part2 of the same or another archive."""
    content = {"a.zip": {"part1/A1.jpg": first}}
    content.setdefault(archive, {})["part2/A1.jpg"] = again
    return pl.concat(
        [list_archive(zipped(tmp_path / name, members)) for name, members in content.items()]
    )


@pytest.mark.parametrize("archive", ["a.zip", "b.zip"])
def test_an_image_that_is_there_twice_counts_once(tmp_path: Path, archive: str):
    found = found_twice(tmp_path, jpeg(40, 30), jpeg(20, 10), archive)
    index, set_aside = match_records(found, records(("A1-21", "A1.jpg")))
    assert index.select("processid", "width").rows() == [("A1-21", 40)]
    assert set_aside.rows() == [
        ("A1-21", f"photograph occurs before (again in {tmp_path / archive})")
    ]


def test_of_two_that_are_there_the_one_that_can_be_used_counts(tmp_path: Path):
    found = found_twice(tmp_path, b"", jpeg(20, 10), "b.zip")
    index, set_aside = match_records(found, records(("A1-21", "A1.jpg")))
    assert index.select("processid", "width").rows() == [("A1-21", 20)]
    assert set_aside.rows() == [("A1-21", "empty file")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_name_that_is_there_twice_counts_once(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("A1.jpg", jpeg(40, 30))
        archive.writestr("A1.jpg", jpeg(20, 10))
    index, set_aside = match_records(list_archive(tmp_path / "a.zip"), records(("A", "A1.jpg")))
    assert index["width"].to_list() == [40]
    assert [name for name, _ in set_aside.rows()] == ["A"]


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_size_is_that_of_the_stored_pixels(tmp_path: Path, orientation: int):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG", exif=exif)
    found = list_archive(zipped(tmp_path / "a.zip", {"A1.jpg": file.getvalue()}))
    assert found.select("width", "height").row(0) == (40, 30)


def test_one_image_of_two_records_goes_to_the_first(tmp_path: Path):
    index, set_aside = matched(
        tmp_path, ("X1", "A1.jpg"), ("X2", "A1.jpg"), ("A2", "A2.JPG"), ("A3", "A3.jpeg")
    )
    assert index["processid"].to_list() == ["X1", "A2", "A3"]
    assert [name for name, _ in set_aside] == ["X2"]


def test_an_unusable_image_is_told_by_its_record(tmp_path: Path):
    found = list_archive(zipped(tmp_path / "a.zip", {"A1.jpg": b"", "A9.jpg": b""}))
    index, set_aside = match_records(found, records(("A1-21", "A1.jpg")))
    assert index.height == 0
    assert set_aside.rows() == [("A1-21", "empty file"), ("A9.jpg", "empty file")]
