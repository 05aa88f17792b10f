"""The image index of zips, from their central directories, and of folders."""

import logging
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.image_index import DEFLATED, IMAGE_INDEX_SCHEMA, STORED, read_member
from bioscan.core.images import BrokenImage, read_size

#: Bytes of a loose file that are read at a time.
BLOCK = 1 << 20

log = logging.getLogger(__name__)

#: Suffixes of image files; other files in an archive (a licence, a listing) are skipped.
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")

#: Bytes read at the head of each member: its local header and, nearly always, all JPEG segments
#: before the image data. If they are longer, the whole member is read.
HEAD = 4096

_LOCAL_HEADER = struct.Struct("<4s22sHH")

#: Columns of a list of images: the image index, without the record, and the reason why an image is
#: unusable.
FOUND_SCHEMA = {
    **{name: dtype for name, dtype in IMAGE_INDEX_SCHEMA.items() if name != "processid"},
    "image_file": pl.String(),
    "reason": pl.String(),
}


def list_archive(archive: Path) -> pl.DataFrame:
    """List the images of a zip.

    Returns:
        Rows of FOUND_SCHEMA: location and size of each image, or the reason why it is unusable. A
        file that is no zip, or whose central directory is damaged, is one row with the reason, so
        that the images of other archives can still be used.

    Raises:
        InputError: the archive cannot be opened.
    """
    try:
        file = archive.open("rb")
    except OSError as error:
        raise InputError(f"{archive}: {error.strerror}") from error
    with file:
        try:
            with zipfile.ZipFile(file) as packed:
                members = packed.infolist()
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
            reason = f"not a readable zip ({error})"
            rows = [(str(archive), "", 0, 0, None, None, None, None, archive.name, reason)]
        else:
            rows = [
                _describe(file.fileno(), archive, info)
                for info in members
                if info.filename.lower().endswith(SUFFIXES)
            ]
    return pl.DataFrame(rows, schema=FOUND_SCHEMA, orient="row")


def list_folder(folder: Path) -> pl.DataFrame:
    """List the images of a folder, each as an archive of one (its bytes start at 0).

    Each file is read once for its checksum, so that a file that is replaced under its name, by one
    of the same size even, changes the index.
    """
    rows = []
    for path in images_of(folder):
        with path.open("rb") as file:
            head, crc = file.read(HEAD), 0
            file.seek(0)
            for block in iter(partial(file.read, BLOCK), b""):
                crc = zlib.crc32(block, crc)
            place = 0, file.tell(), STORED, crc
            measured = measure(head, partial(read_member, file.fileno(), *place))
        *size, reason = measured
        rows.append((str(path), "", *place, *size, path.name, reason))
    return pl.DataFrame(rows, schema=FOUND_SCHEMA, orient="row")


def images_of(folder: Path) -> list[Path]:
    """The images directly in a folder, sorted by name.

    Images in subfolders are skipped with a warning, because new ones would not be noticed.

    Raises:
        InputError: no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    found = sorted(filter(_is_image, folder.iterdir()))
    below = sum(map(_is_image, folder.glob("*/**/*")))
    if not found:
        raise InputError(
            f"{folder}: contains no image ({', '.join(SUFFIXES)}); its subfolders contain "
            f"{below}, expected them in the folder itself"
        )
    if below:
        log.warning("%s: images in subfolders are skipped: %d", folder, below)
    return found


def _is_image(path: Path) -> bool:
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def _describe(descriptor: int, archive: Path, info: zipfile.ZipInfo) -> tuple:
    """One row of FOUND_SCHEMA for a member of a zip."""
    path = PurePosixPath(info.filename)

    def row(offset: int, width: int | None, height: int | None, reason: str | None) -> tuple:
        known = info.compress_type if info.compress_type in (STORED, DEFLATED) else None
        where = (str(archive), info.filename, offset, info.compress_size, known, info.CRC)
        return (*where, width, height, path.name, reason)

    if path.is_absolute() or ".." in path.parts:
        return row(0, None, None, "member name leaves its folder")
    if info.compress_type not in (STORED, DEFLATED) or info.flag_bits & 0x1:
        return row(0, None, None, "member is encrypted or packed in an unknown way")
    # In a damaged archive the offset may be negative, or larger than any file.
    inside = 0 <= info.header_offset < os.fstat(descriptor).st_size
    head = os.pread(descriptor, HEAD, info.header_offset) if inside else b""
    if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
        return row(0, None, None, "member has no local header (truncated archive)")
    # The local header repeats the name, and has extra fields of a length of its own.
    *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(head)
    start = _LOCAL_HEADER.size + name_length + extra_length
    place = info.header_offset + start, info.compress_size, info.compress_type, info.CRC
    stored_head = head[start:][: info.compress_size] if info.compress_type == STORED else b""
    return row(place[0], *measure(stored_head, partial(read_member, descriptor, *place)))


def measure(head: bytes, whole: Callable[[], bytes]) -> tuple[int | None, int | None, str | None]:
    """Width, height and fault of an image, from its head where that is sufficient.

    Args:
        head: the first bytes.
        whole: reads all bytes.
    """
    try:
        try:
            return (*read_size(head), None)
        except BrokenImage:
            return (*read_size(whole()), None)
    except BrokenImage as reason:
        return None, None, str(reason)
