"""The image index: images are located inside their zips, and unusable ones have a reason."""

import errno
import io
import os
import struct
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from bioscan.core.errors import InputError
from bioscan.core.image_index import IMAGE_INDEX_SCHEMA, read_images
from bioscan.core.images import SUFFIXES
from bioscan.ingest.images import (
    BROKEN_LINK,
    HEAD,
    HIDDEN,
    NOT_READ,
    images_of,
    list_archive,
    list_folder,
)
from bioscan.ingest.notes import Notes
from tests.unit.ingest.zips import CONTENT, jpeg, listed, with_exif, zipped

CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def reasons(found: pl.DataFrame) -> dict[str, str | None]:
    return dict(found.select("image_file", "reason").iter_rows())


def read(found: pl.DataFrame) -> dict[str, object]:
    """The images, read by their rows of the index."""
    return dict(read_images(found.with_columns(processid="image_file")))


# ---- archives


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_image_is_located(tmp_path: Path, compression: int):
    path = zipped(tmp_path / "a.zip", compression=compression)
    found = listed(path)
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
    places = listed(path).select("offset", "size").rows()
    assert [whole[start : start + size] for start, size in places] == list(CONTENT.values())


def test_local_headers_of_any_length_are_skipped(tmp_path: Path):
    # force_zip64 adds 20 bytes to the local header that the central directory does not have,
    # and the name makes the header longer than the first read.
    name = "/".join(["folder" * 20] * 40) + "/A1.jpg"
    assert len(name) > HEAD
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w") as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        member.write(CONTENT["part1/A1.jpg"])
    found = listed(tmp_path / "a.zip")
    assert found.select("width", "height", "reason").row(0) == (40, 30, None)
    assert read(found) == {"A1.jpg": CONTENT["part1/A1.jpg"]}


def test_an_archive_behind_other_bytes_is_read(tmp_path: Path):
    path = zipped(tmp_path / "a.zip")
    path.write_bytes(b"#!/bin/sh\n" * 10 + path.read_bytes())
    assert read(listed(path))["A1.jpg"] == CONTENT["part1/A1.jpg"]


def test_other_members_are_skipped(tmp_path: Path):
    content = {"LICENSE.txt": b"CC", "part1/": b"", "list.csv": b"a", "A1.jpg.md5": b"0"} | CONTENT
    assert listed(zipped(tmp_path / "a.zip", content))["member"].to_list() == list(CONTENT)


def test_an_empty_archive_has_no_images(tmp_path: Path):
    found = listed(zipped(tmp_path / "a.zip", {}))
    assert found.height == 0
    assert set(IMAGE_INDEX_SCHEMA) - {"processid"} < set(found.columns)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_that_contain_no_image_have_a_reason(tmp_path: Path, compression: int):
    content = {"zero.jpg": b"", "text.jpg": b"processid\n" * 999, "A1.jpg": jpeg(40, 30)}
    found = listed(zipped(tmp_path / "a.zip", content, compression))
    assert reasons(found) == {
        "zero.jpg": "empty file",
        "text.jpg": "not a photograph",
        "A1.jpg": None,
    }


def test_an_image_that_announces_too_much_has_a_reason(tmp_path: Path):
    data = bytearray(jpeg(40, 30))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 30_000, 30_000)
    found = listed(zipped(tmp_path / "a.zip", {"A1.jpg": bytes(data)}))
    assert reasons(found) == {"A1.jpg": "too large: 30000×30000 pixels, at most 10000 on a side"}


@pytest.mark.parametrize("name", ["../A1.jpg", "/etc/A1.jpg", "part1/../../A1.jpg"])
def test_a_member_that_leaves_its_folder_has_a_reason(tmp_path: Path, name: str):
    found = listed(zipped(tmp_path / "a.zip", {name: jpeg(40, 30)}))
    assert found.select("image_file", "reason").row(0) == (
        "A1.jpg",
        "member name leaves its folder",
    )


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_have_a_reason(tmp_path: Path, kind: int):
    found = listed(zipped(tmp_path / "a.zip", {"A1.jpg": jpeg(40, 30)}, kind))
    assert "packed in an unknown way" in reasons(found)["A1.jpg"]


def changed(path: Path, record: bytes, field: int, value: bytes) -> Path:
    """An archive with an overwritten field in its first central record or local header."""
    data = bytearray(path.read_bytes())
    at = data.index(record) + field
    data[at : at + len(value)] = value
    path.write_bytes(data)
    return path


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
    assert reasons(listed(path)) == {
        "A1.jpg": reason,
        "A2.JPG": None,
        "A3.jpeg": None,
    }


def test_a_member_beyond_the_end_of_its_archive_costs_only_itself(tmp_path: Path):
    # The central directory states a member that is longer than the archive.
    path = zipped(tmp_path / "a.zip", compression=zipfile.ZIP_DEFLATED)
    changed(path, CENTRAL, 20, struct.pack("<I", 10_000_000))
    found = reasons(listed(path))
    assert "archive ends after" in found["A1.jpg"]
    assert found["A2.JPG"] is None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_archive_is_one_row_with_the_reason(tmp_path: Path, share: float):
    path = zipped(tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert unreadable(path)


def test_a_file_that_is_no_zip_is_one_row_with_the_reason(tmp_path: Path):
    (tmp_path / "a.zip").write_text("<html>quota exceeded</html>")
    assert unreadable(tmp_path / "a.zip")


def unreadable(path: Path) -> bool:
    """Whether an archive is listed as one row that says that it is no zip."""
    found = listed(path)
    assert found.height == 1
    row = found.row(0, named=True)
    assert (row["archive"], row["image_file"], row["width"]) == (str(path), path.name, None)
    return row["reason"].startswith("not a readable zip (")


def test_an_archive_that_cannot_be_opened_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.zip: No such file or directory$"):
        listed(tmp_path / "none.zip")


def test_an_offset_that_no_file_can_have_costs_only_its_member(tmp_path: Path):
    # The 4 bytes of the offset are all ones, which refers to the 8 bytes of a zip64 extra field.
    far = tmp_path / "a.zip"
    with zipfile.ZipFile(far, "w") as archive:
        archive.writestr("A1.jpg", jpeg(40, 30))
        archive.writestr("A2.jpg", jpeg(20, 10))
        archive.infolist()[0].extra = struct.pack("<HHQ", 1, 8, 2**63 + 5)
    changed(far, CENTRAL, 42, b"\xff\xff\xff\xff")
    assert zipfile.ZipFile(far).infolist()[0].header_offset == 2**63 + 5
    assert reasons(listed(far)) == {
        "A1.jpg": "member has no local header (truncated archive)",
        "A2.jpg": None,
    }


def test_the_head_of_a_short_member_ends_with_it(tmp_path: Path):
    # The bytes after the start of a JPEG do not belong to the next member.
    content = {"A1.jpg": jpeg(40, 30)[:100], "A2.jpg": jpeg(20, 10)[100:], "A3.jpg": jpeg(9, 8)}
    assert reasons(listed(zipped(tmp_path / "a.zip", content))) == {
        "A1.jpg": "damaged or truncated JPEG",
        "A2.jpg": "not a photograph",
        "A3.jpg": None,
    }


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_directory_is_reported_or_costs_some_members(
    tmp_path_factory, data: st.DataObject
):
    path = zipped(tmp_path_factory.mktemp("zips") / "a.zip", {"ä.jpg": jpeg(9, 8)})
    whole = bytearray(path.read_bytes())
    start = whole.index(CENTRAL)
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(start, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    found = listed(path)
    assert found.filter(pl.col("reason").is_null() & pl.col("width").is_null()).height == 0


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_size_is_that_of_the_stored_pixels(tmp_path: Path, orientation: int):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG", exif=exif)
    found = listed(zipped(tmp_path / "a.zip", {"A1.jpg": file.getvalue()}))
    assert found.select("width", "height").row(0) == (40, 30)


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
    found = list_folder(tmp_path, Notes())
    assert found.select("image_file", "width", "height", "reason").rows() == [
        ("a.PNG", None, None, "not a photograph"),
        ("b.jpg", 40, 30, None),
        ("c.jpeg", 9, 8, None),
    ]
    assert read(found)["b.jpg"] == jpeg(40, 30)


def test_archives_and_folders_give_the_same_columns(tmp_path: Path):
    (tmp_path / "b.jpg").write_bytes(jpeg(40, 30))
    assert list_folder(tmp_path, Notes()).schema == listed(zipped(tmp_path / "a.zip")).schema


def test_a_folder_without_images_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="none: no such folder"):
        images_of(tmp_path / "none", Notes())
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: is a file, expected a folder"):
        images_of(tmp_path / "file", Notes())
    (tmp_path / "plate1").mkdir()
    (tmp_path / "plate1" / "b.jpg").touch()
    with pytest.raises(InputError, match="its subfolders contain 1, expected"):
        images_of(tmp_path, Notes())


def test_images_in_subfolders_are_skipped_with_a_warning(tmp_path: Path, caplog):
    for name in ("a.jpg", "plate1/b.jpg", "plate1/row2/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert images_of(tmp_path, Notes()) == [tmp_path / "a.jpg"]
    assert "files that look like images are passed over: 2 in subfolders" in caplog.text


def test_a_loose_file_that_is_replaced_by_one_of_the_same_size_changes_the_index(tmp_path: Path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(40, 30) + b"\0")
    before = list_folder(tmp_path, Notes())
    path.write_bytes(jpeg(40, 30) + b"\1")
    after = list_folder(tmp_path, Notes())
    assert before["size"].equals(after["size"])
    assert before["crc"].to_list() != after["crc"].to_list()


def notes_of(folder: Path) -> tuple[list[str], list[tuple]]:
    """The names of the images of a folder, and the notes on it."""
    notes = Notes()
    names = [path.name for path in images_of(folder, notes)]
    return names, notes.table().select("what", "text", "count").rows()


def test_every_format_that_is_read_is_an_image_whatever_the_case_of_its_suffix(tmp_path: Path):
    for suffix in SUFFIXES:
        (tmp_path / f"a{suffix}").touch()
        (tmp_path / f"b{suffix.upper()}").touch()
    (tmp_path / "c.jpg ").touch()
    names, notes = notes_of(tmp_path)
    assert len(names) == 2 * len(SUFFIXES) + 1
    assert notes == []


def test_hidden_files_are_passed_over_with_a_count(tmp_path: Path, caplog):
    names = ("._fly0.jpg", ".fly1.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", "fly0.jpg")
    for name in (*names, "__MACOSX/._fly0.jpg", ".thumbnails/fly0.jpg", "@eaDir/fly0.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found, notes = notes_of(tmp_path)
    assert found == ["fly0.jpg"]
    # The files and the folders.
    assert notes == [(HIDDEN, "", 8)]
    assert caplog.text == ""


def test_files_that_only_look_like_images_are_counted_in_one_warning(tmp_path: Path, caplog):
    for name in ("a.HEIC", "b.heic", "c.CR2", "d.gif", "e.jpg", "f.txt"):
        (tmp_path / name).touch()
    (tmp_path / "g.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "h.jpg").symlink_to(tmp_path / "h.jpg")  # a loop
    found, notes = notes_of(tmp_path)
    assert found == ["e.jpg"]
    assert notes == [
        (NOT_READ, ".heic", 2),
        (NOT_READ, ".cr2", 1),
        (NOT_READ, ".gif", 1),
        (BROKEN_LINK, "", 2),
    ]
    assert caplog.messages == [
        f"{tmp_path}: files that look like images are passed over: 2 .heic, 1 .cr2, 1 .gif, "
        "2 broken links; convert those of a format that is not read to JPEG"
    ]


def test_a_folder_of_nothing_but_other_formats_says_so(tmp_path: Path):
    (tmp_path / "a.heic").touch()
    with pytest.raises(InputError, match=r"contains no image .*; not read: 1 \.heic$"):
        images_of(tmp_path, Notes())


def test_hidden_members_of_a_zip_are_passed_over_and_other_formats_counted(tmp_path: Path):
    content = {
        "A1.jpg": jpeg(40, 30),
        "__MACOSX/._A1.jpg": b"mac",
        "plates/.A2.jpg": b"",
        "Thumbs.db": b"",
        "A3.heic": b"",
        "A4.NEF": b"",
        "notes.txt": b"",
    }
    notes = Notes()
    found = list_archive(zipped(tmp_path / "a.zip", content), notes)
    assert found["image_file"].to_list() == ["A1.jpg"]
    assert notes.table().select("what", "where", "text", "count").rows() == [
        (HIDDEN, "a.zip", "", 3),
        (NOT_READ, "a.zip", ".heic", 1),
        (NOT_READ, "a.zip", ".nef", 1),
    ]


def test_members_that_a_program_for_windows_packed_have_names_without_folders(tmp_path: Path):
    found = listed(zipped(tmp_path / "a.zip", {"photographs\\A1.jpg": jpeg(40, 30)}))
    assert found.select("image_file", "width").row(0) == ("A1.jpg", 40)


def test_the_ways_in_which_images_are_changed_are_counted(tmp_path: Path):
    Image.new("RGBA", (40, 30), (9, 9, 9, 0)).save(tmp_path / "a.png")
    Image.new("I;16", (40, 30)).save(tmp_path / "b.tif")
    pages = [Image.new("RGB", (40, 30)), Image.new("RGB", (40, 30))]
    pages[0].save(tmp_path / "c.tif", save_all=True, append_images=pages[1:])
    (tmp_path / "d.jpg").write_bytes(jpeg(40, 30))
    notes = Notes()
    list_folder(tmp_path, notes)
    assert notes.table().select("what", "count").rows() == [
        ("transparency laid on white", 1),
        ("16-bit pixels scaled by the bits in use", 1),
        ("further pages or frames of the file passed over", 1),
    ]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in sorted(tmp_path.glob("*.*")):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    packed = Notes()
    list_archive(tmp_path / "a.zip", packed)
    columns = ("what", "text", "count")
    assert packed.table().select(columns).equals(notes.table().select(columns))


def test_a_format_that_is_not_read_is_named_under_the_name_of_another_one(tmp_path: Path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", "GIF")
    Image.new("RGB", (40, 30)).save(tmp_path / "b.jpg", "WEBP")
    assert reasons(list_folder(tmp_path, Notes())) == {
        "a.jpg": "is GIF; convert it to JPEG",
        "b.jpg": None,
    }


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_a_file_that_the_disk_does_not_give_is_set_aside_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(jpeg(40, 30))
    real = Path.open

    def failing(path: Path, *mode: str) -> object:
        if path.name == "a.jpg":
            raise OSError(number, os.strerror(number))
        return real(path, *mode)

    monkeypatch.setattr(Path, "open", failing)
    assert reasons(list_folder(tmp_path, Notes())) == {
        "a.jpg": f"cannot be read ({os.strerror(number)})",
        "b.jpg": None,
    }


def test_a_part_of_a_zip_that_the_disk_does_not_give_costs_only_its_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = zipped(tmp_path / "a.zip")
    first = zipfile.ZipFile(path).infolist()[0].header_offset
    real = os.pread

    def failing(descriptor: int, size: int, offset: int) -> bytes:
        if offset == first:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    assert reasons(listed(path)) == {
        "A1.jpg": "cannot be read (Input/output error)",
        "A2.JPG": None,
        "A3.jpeg": None,
    }
