"""The part of a file that has arrived, and its resumption by another process.

The bytes of `<name>` are kept beside it as `<name>.part` until they are complete and correct.
`<name>.part.json` describes the source and version that they belong to.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from bioscan.acquire.catalogue import Checksum, Download
from bioscan.core.errors import InputError
from bioscan.core.files import write_json

log = logging.getLogger(__name__)

#: Bytes per read, and the most blocks that may wait for their checksum.
BLOCK = 1 << 20
QUEUE = 8


def part_of(path: Path) -> Path:
    """Where the bytes of a file are kept until they are complete."""
    return path.with_name(f"{path.name}.part")


def remove_part(path: Path) -> None:
    """Remove the bytes that were fetched of a file, and their description."""
    for leftover in (part_of(path), _note_of(part_of(path))):
        leftover.unlink(missing_ok=True)


def fault_of(
    path: Path, download: Download, checksum: Checksum | None, digest_by: Callable[[str], str]
) -> str | None:
    """The fault of a complete file, or None.

    Args:
        path: the file.
        download: its entry in the catalogue.
        checksum: the expected one, where one is known.
        digest_by: gives the digest of the file by the name of an algorithm.
    """
    size = path.stat().st_size
    if download.size is not None and size != download.size:
        return f"has {size} bytes, expected {download.size}"
    if checksum is not None:
        found = digest_by(checksum.algorithm)
        if found != checksum.digest:
            return f"its {checksum.algorithm} is {found}, expected {checksum.digest}"
    # Without a checksum, a truncated zip still lacks the directory at its end.
    elif download.name.endswith(".zip") and not zipfile.is_zipfile(path):
        return "is not a whole zip"
    return None


def gigabytes(size: int) -> str:
    """A size in bytes as a number of GB."""
    return f"{size / 1e9:.{1 if size >= 1e9 else 3}f}"


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


class PartialFile:
    """The bytes of a file that have arrived, and a description of the file.

    Their checksum is computed by a thread of its own while further bytes are read.

    Attributes:
        path: where the bytes are.
        size: number of bytes that have arrived.
        total: number of bytes of the file, where a source has stated it.
        etag: the version of the file that the source stated.
        inherited: whether some bytes are older than the present response.
        ended: whether a source has sent its last byte.
    """

    def __init__(self, file: BinaryIO, checksum: Checksum | None) -> None:
        self.path = Path(file.name)
        self._file = file
        self._given = checksum
        self._note = _note_of(self.path)
        self.size = os.fstat(file.fileno()).st_size
        state = self._read_note() if self.size else {}
        self._source: str | None = state.get("source")
        self.etag: str | None = state.get("etag")
        self.total: int | None = state.get("total")
        stated = state.get("sha256")
        self._checksum = checksum or (Checksum("sha256", stated) if stated else None)
        self.inherited = self.size > 0
        self.ended = False
        self._hasher = ThreadPoolExecutor(1)
        self._waiting: list[Future] = []
        self._hash = self._new_hash()
        if not state or (self.total is not None and self.size > self.total):
            self.restart()
        else:
            self._hash_existing()

    def __enter__(self) -> "PartialFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._hasher.shutdown(cancel_futures=True)
        if self.size == 0:
            self.path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

    @property
    def complete(self) -> bool:
        return self.ended or (self.total is not None and self.size == self.total)

    def use_source(self, source: str, download: Download) -> None:
        """Turn to a source. Bytes from another one are kept only if a checksum verifies them."""
        if self.size and source != self._source:
            self.inherited, self.etag = True, None
            if download.checksum is None:
                self.restart()
        self._source = source

    def request_headers(self) -> dict[str, str]:
        """The headers that request the missing bytes, uncompressed."""
        headers = {"Accept-Encoding": "identity"}
        if self.size:
            headers["Range"] = f"bytes={self.size}-"
            if self.etag is not None and not self.etag.startswith("W/"):
                headers["If-Range"] = self.etag
        return headers

    def describe(self, etag: str | None, total: int | None, stated: Checksum | None) -> None:
        """Note the source's description of the file, for a process that resumes.

        Args:
            etag: its version.
            total: its number of bytes.
            stated: its checksum.
        """
        self.etag, self.total = etag, total
        if self._given is None and stated != self._checksum and self.size == 0:
            self._checksum = stated
            self._hash = self._new_hash()
        stated_here = self._given is None and self._checksum is not None
        note = {
            "source": self._source,
            "etag": etag,
            "total": total,
            "sha256": self._checksum.digest if stated_here else None,
        }
        with self._disk():
            write_json(note, self._note)

    def add(self, block: bytes) -> None:
        """Append bytes.

        Raises:
            InputError: the disk is full, or fails.
        """
        if self._hash is not None:
            self._waiting.append(self._hasher.submit(self._hash.update, block))
            if len(self._waiting) > QUEUE:
                self._waiting.pop(0).result()
        rest = memoryview(block)
        with self._disk():
            while rest:
                count = self._file.write(rest)
                self.size += count
                rest = rest[count:]

    def fault(self, download: Download) -> str | None:
        """The fault of the complete file, or None."""
        return fault_of(self.path, download, self._checksum, self._digest)

    def _digest(self, _: str) -> str:
        """The digest of all bytes, by the algorithm of the checksum."""
        self._drain()
        return self._hash.hexdigest()

    def restart(self) -> None:
        """Discard all bytes."""
        self._drain()
        self._file.seek(0)
        self._file.truncate()
        self._note.unlink(missing_ok=True)
        self.size, self.total, self.etag = 0, None, None
        self.inherited = self.ended = False
        self._checksum = self._given
        self._hash = self._new_hash()

    def finish(self, path: Path) -> None:
        """Flush the complete file to disk and rename it to `path`."""
        with self._disk():
            os.fsync(self._file.fileno())
        self.path.replace(path)
        self._note.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.path}: {error.strerror} after {gigabytes(self.size)} GB; once that is "
                "repaired, the next run resumes from there"
            ) from error

    def _read_note(self) -> dict:
        try:
            return json.loads(self._note.read_text())
        except (OSError, ValueError):
            return {}

    def _new_hash(self) -> "hashlib._Hash | None":
        return hashlib.new(self._checksum.algorithm) if self._checksum is not None else None

    def _hash_existing(self) -> None:
        self._file.seek(0)
        if self._hash is None:
            return
        log.info("reading the %s GB that have arrived before", gigabytes(self.size))
        while block := self._file.read(BLOCK):
            self._hash.update(block)

    def _drain(self) -> None:
        while self._waiting:
            self._waiting.pop().result()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading and writing, and lock it against other processes of this kind.

    The lock ends with its process, even on kill -9. A file system without locks gives a warning.
    """
    while True:
        with path.open("ab+", buffering=0) as file:
            _lock(file, path)
            if _is_at(file, path):
                yield file
                return
        # Another process had the lock, and has renamed or removed the file.


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("another process fetches %s; waiting for it", path)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        log.warning(
            "%s cannot be locked (%s); two runs at once may disturb each other", path, error
        )
