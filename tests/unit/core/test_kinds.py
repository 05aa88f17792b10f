"""Files that cannot be read are called by their kind."""

import io

import pytest
from PIL import Image

from bioscan.core.images import SUFFIXES
from bioscan.core.kinds import UNREADABLE_SUFFIXES, kind_of


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
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"", None),
        (b"processid,order\n", None),
    ],
)
def test_kinds_that_pillow_cannot_write(data: bytes, kind: str | None):
    assert kind_of(data) == kind


def test_no_suffix_is_read_and_unreadable():
    assert not set(SUFFIXES) & set(UNREADABLE_SUFFIXES)
