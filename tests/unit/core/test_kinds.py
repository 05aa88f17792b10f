"""Files that cannot be read are called by their kind."""

import io

import pytest
from PIL import Image

from bioscan.core.images import SUFFIXES
from bioscan.core.kinds import UNREADABLE_SUFFIXES, fault_of, kind_of


def saved(format: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 24), "red").save(file, format)
    return file.getvalue()


@pytest.mark.parametrize(
    ("format", "kind"),
    [
        ("GIF", "GIF"),
        ("AVIF", "AVIF"),
        ("JPEG2000", "JPEG 2000"),
        ("ICO", "ICO"),
        ("PDF", "PDF"),
        ("JPEG", None),
        ("PNG", None),
        ("TIFF", None),
        ("WEBP", None),
        ("BMP", None),
        ("EPS", None),
    ],
)
def test_a_file_is_called_by_its_kind_if_it_is_not_read(format: str, kind: str | None):
    assert kind_of(saved(format)) == kind


def media(brand: bytes, *others: bytes) -> bytes:
    """The first box of an ISO media file."""
    content = b"ftyp" + brand + bytes(4) + b"".join(others)
    return (len(content) + 4).to_bytes(4, "big") + content


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (media(b"heic", b"mif1", b"heic"), "HEIC"),
        (media(b"mif1", b"mif1", b"heic"), "HEIC"),
        (media(b"hevc"), "HEIC"),
        (media(b"avif", b"mif1"), "AVIF"),
        (media(b"mif1", b"avif"), "AVIF"),
        (media(b"mif1"), "HEIF"),
        (media(b"crx "), "a camera raw file (CR3)"),
        (media(b"isom", b"mp41"), "a video"),
        (b"II*\0\x10\0\0\0CR\2\0", "a camera raw file (CR2)"),
        (b"FUJIFILMCCD-RAW 0201", "a camera raw file (RAF)"),
        (b"8BPS\0\1", "PSD"),
        (b"<?xml version='1.0'?>\n<svg xmlns=", "SVG"),
        (b"", None),
        (b"processid,order\n", None),
    ],
)
def test_kinds_that_pillow_cannot_write(data: bytes, kind: str | None):
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (media(b"heic"), "is HEIC; convert it to JPEG"),
        (b"II*\0\x10\0\0\0CR\2\0", "is a camera raw file (CR2); convert it to JPEG"),
        (b"\n<!DOCTYPE html><html>", "is a web page; download the image again"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "is a pointer of Git LFS; fetch the image (git lfs pull)",
        ),
        (bytes(4096), "starts with zeros, as of a copy that failed"),
        (saved("WEBP")[:40], "damaged or truncated WebP"),
        (saved("PNG")[:20], "damaged or truncated PNG"),
        (saved("TIFF")[:20], "damaged or truncated TIFF, or one that cannot be read"),
        (b"processid,order\n", "not a photograph"),
    ],
)
def test_a_fault_says_what_can_be_done(data: bytes, fault: str):
    assert fault_of(data) == fault


def test_no_suffix_is_read_and_unreadable():
    assert not set(SUFFIXES) & set(UNREADABLE_SUFFIXES)
