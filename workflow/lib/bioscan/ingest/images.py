"""The image index of zips, from their central directories, and of folders."""

import logging
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

import polars as pl

from bioscan.core.depths import TIFF
from bioscan.core.errors import BrokenImage, InputError
from bioscan.core.image_index import (
    DEFLATED,
    IMAGE_INDEX_SCHEMA,
    STORED,
    cannot_be_read,
    read_member,
)
from bioscan.core.images import SUFFIXES, read_size, remarks
from bioscan.core.kinds import UNREADABLE_SUFFIXES
from bioscan.ingest.notes import Notes

#: Bytes of a loose file that are read at a time.
BLOCK = 1 << 20

log = logging.getLogger(__name__)

#: Files that systems and their file managers leave beside those of people, besides names that
#: start with a dot (of which `._fly.jpg` is no image, but what macOS knows of fly.jpg).
LEFT_BY_SYSTEMS = ("__macosx", "@eadir", "thumbs.db", "ehthumbs.db", "desktop.ini")

#: What notes say of files that are passed over.
HIDDEN = "hidden file passed over"
NOT_READ = "file that looks like an image passed over: its format is not read"
BROKEN_LINK = "broken link passed over"
BELOW = "image in a subfolder passed over"

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


def list_archive(archive: Path, notes: Notes) -> pl.DataFrame:
    """List the images of a zip.

    Args:
        archive: the zip.
        notes: counts what is passed over or changed, by archive.

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
                _describe(file.fileno(), archive, info, notes)
                for info in members
                if _is_wanted(_member_path(info), archive.name, notes)
            ]
    return pl.DataFrame(rows, schema=FOUND_SCHEMA, orient="row")


def list_folder(folder: Path, notes: Notes) -> pl.DataFrame:
    """List the images of a folder, each as an archive of one (its bytes start at 0).

    Each file is read once for its checksum, so that a file that is replaced under its name, by one
    of the same size even, changes the index.

    Args:
        folder: the folder.
        notes: counts how images are changed; those of `images_of` count what is passed over.
    """
    rows = []
    for path in _scan(folder, Notes()):
        try:
            with path.open("rb") as file:
                head, crc = file.read(HEAD), 0
                file.seek(0)
                for block in iter(partial(file.read, BLOCK), b""):
                    crc = zlib.crc32(block, crc)
                place = 0, file.tell(), STORED, crc
                whole = partial(read_member, file.fileno(), *place)
                measured = measure(head, whole, notes, folder.name)
        except OSError as error:
            place = 0, 0, STORED, None
            measured = None, None, cannot_be_read(error)
        *size, reason = measured
        rows.append((str(path), "", *place, *size, path.name, reason))
    return pl.DataFrame(rows, schema=FOUND_SCHEMA, orient="row")


def images_of(folder: Path, notes: Notes) -> list[Path]:
    """The images directly in a folder, sorted by name.

    Files that look like images and are none of them are passed over with a warning: those in
    subfolders (new ones would not be noticed), broken links, and formats that are not read.

    Args:
        folder: the folder.
        notes: counts what is passed over.

    Raises:
        InputError: no such folder, or no image in it.
    """
    passed = Notes()
    found = _scan(folder, passed)
    below = sum(_is_image(path) for path in folder.glob("*/**/*") if not _is_hidden(path, folder))
    if not found:
        raise InputError(
            f"{folder}: contains no image ({', '.join(SUFFIXES)}); its subfolders contain "
            f"{below}, expected them in the folder itself{unread(passed, '; not read: ')}"
        )
    passed.add(BELOW, folder.name, count=below)
    warn_of_unread(folder, passed)
    notes.update(passed)
    return found


def warn_of_unread(source: Path, notes: Notes) -> None:
    """Warn of files that look like images, and are passed over, in one line."""
    if passed := unread(notes):
        formats = NOT_READ in notes.table()["what"]
        remedy = "; convert those of a format that is not read to JPEG" if formats else ""
        log.warning("%s: files that look like images are passed over: %s%s", source, passed, remedy)


def unread(notes: Notes, introduction: str = "") -> str:
    """The files that look like images and are passed over, by their suffix; or an empty text."""
    counts = Counter[str]()
    names = {BROKEN_LINK: "broken links", BELOW: "in subfolders"}
    for what, _, text, count in notes.table().iter_rows():
        if what in (NOT_READ, *names):
            counts[names.get(what, text)] += count
    return introduction * bool(counts) + ", ".join(f"{n} {name}" for name, n in counts.items())


def _scan(folder: Path, notes: Notes) -> list[Path]:
    """The images directly in a folder, sorted by name; notes count the files that are none."""
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError as error:
        raise InputError(f"{folder}: no such folder") from error
    except NotADirectoryError as error:
        raise InputError(f"{folder}: is a file, expected a folder") from error
    except OSError as error:
        raise InputError(f"{folder}: {cannot_be_read(error)}") from error
    return [
        path for path in paths if _is_wanted(PurePosixPath(path.name), folder.name, notes, path)
    ]


def _is_wanted(name: PurePosixPath, source: str, notes: Notes, path: Path | None = None) -> bool:
    """Whether a file is an image by its name; notes count those that only look like one.

    Args:
        name: relative to the folder or archive.
        source: the name of that, for the notes.
        notes: count what is passed over.
        path: of the file, where it is none of an archive.
    """
    suffix = name.suffix.strip().lower()
    is_image, is_unreadable = suffix in SUFFIXES, suffix in UNREADABLE_SUFFIXES
    if any(_is_left(part) for part in name.parts):
        notes.add(HIDDEN, source)
    elif path and (is_image or is_unreadable) and not _is_file(path):
        notes.add(BROKEN_LINK, source, count=int(path.is_symlink()))
    elif is_unreadable:
        notes.add(NOT_READ, source, suffix)
    else:
        return is_image
    return False


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(_is_left(part) for part in path.relative_to(folder).parts)


def _is_left(name: str) -> bool:
    """Whether a file or folder is hidden, or was left by a system."""
    return name.lower() in LEFT_BY_SYSTEMS or (name.startswith(".") and name.strip(".") != "")


def _is_image(path: Path) -> bool:
    return path.suffix.strip().lower() in SUFFIXES and _is_file(path)


def _is_file(path: Path) -> bool:
    """Whether a path is a file; one that the system cannot say of is set aside when it is read."""
    try:
        return path.is_file()
    except OSError:
        return True


def _member_path(info: zipfile.ZipInfo) -> PurePosixPath:
    """The path of a member; some programs for Windows write backslashes."""
    return PurePosixPath(info.filename.replace("\\", "/"))


def _describe(descriptor: int, archive: Path, info: zipfile.ZipInfo, notes: Notes) -> tuple:
    """One row of FOUND_SCHEMA for a member of a zip."""
    path = _member_path(info)

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
    try:
        head = os.pread(descriptor, HEAD, info.header_offset) if inside else b""
    except OSError as error:
        return row(0, None, None, cannot_be_read(error))
    if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
        return row(0, None, None, "member has no local header (truncated archive)")
    # The local header repeats the name, and has extra fields of a length of its own.
    *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(head)
    start = _LOCAL_HEADER.size + name_length + extra_length
    place = info.header_offset + start, info.compress_size, info.compress_type, info.CRC
    stored_head = head[start:][: info.compress_size] if info.compress_type == STORED else b""
    whole = partial(read_member, descriptor, *place)
    return row(place[0], *measure(stored_head, whole, notes, archive.name))


def measure(
    head: bytes, whole: Callable[[], bytes], notes: Notes, source: str
) -> tuple[int | None, int | None, str | None]:
    """Width, height and fault of an image, from its head where that is sufficient.

    Args:
        head: the first bytes.
        whole: reads all bytes.
        notes: count the ways in which images are changed when they are read.
        source: the name of the folder or archive, for the notes.
    """
    try:
        try:
            data, size = head, read_size(head)
        except BrokenImage:
            data = whole()
            size = read_size(data)
        # The pages of a TIFF may be anywhere in it.
        for remark in remarks(whole() if data is head and head.startswith(TIFF) else data):
            notes.add(remark, source)
        return (*size, None)
    except BrokenImage as reason:
        return None, None, str(reason)
