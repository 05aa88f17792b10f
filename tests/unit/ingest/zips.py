"""Zips of small JPEGs, and records of them."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.images import encode
from bioscan.ingest.images import list_archive
from bioscan.ingest.notes import Notes


def jpeg(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return encode(pixels, 75)


def with_exif(data: bytes, size: int) -> bytes:
    """A JPEG with a long EXIF segment before its header."""
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


def listed(archive: Path) -> pl.DataFrame:
    """The images of a zip."""
    return list_archive(archive, Notes())


def records(*rows: tuple[str, str | None]) -> pl.DataFrame:
    schema = {"processid": pl.String, "image_file": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
