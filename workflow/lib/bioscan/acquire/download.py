"""Fetching one file, whole and checked, from the first source that delivers it.

What has arrived is kept beside the file, as `<name>.part`, until all of it is there and right; a
process that is killed goes on from it. `<name>.part.json` says what those bytes are part of.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import BinaryIO

import requests
import urllib3

from bioscan.acquire.catalogue import Artefact, Checksum
from bioscan.core.errors import InputError
from bioscan.core.files import digest, write_json

log = logging.getLogger(__name__)

#: Seconds without a byte before a connection is given up.
TIMEOUT = 60

#: Tries in a row that bring nothing before a source is given up.
TRIES = 7

#: Seconds before the third try; doubled with each, to two minutes. The second comes at once.
BACKOFF = 1.0

#: Seconds that a host may ask to wait (Retry-After).
LONGEST_WAIT = 600

#: Statuses that pass.
PASSING = {408, 425, 429, 500, 502, 503, 504}

#: What Google Drive says instead of sending a file that too many have fetched.
QUOTA = ("Quota exceeded", "Too many users have viewed or downloaded this file")

#: Seconds between two lines of progress.
INTERVAL = 10

#: Bytes that are read at once, and blocks that may wait for their checksum.
BLOCK = 1 << 20
QUEUE = 8


class _SourceError(Exception):
    """A source does not deliver the file, and would not if it were asked again."""


class _PassingError(Exception):
    """Something went wrong that may go right the next time."""

    def __init__(self, reason: object, response: requests.Response | None = None) -> None:
        super().__init__(str(reason))
        self.response = response


def fetch(artefact: Artefact, path: Path) -> None:
    """Put a file at `path`, from the first source that delivers it.

    A file that lies there already, fetched before or put by hand, is checked and left as it is.
    Of two processes that fetch the same file, one waits for the other.

    Raises:
        InputError: no source delivered the file, with each source's reason; the file that lies
            there is another one; the disk is full.
    """
    part_path = path.with_name(f"{path.name}.part")
    if path.exists():
        log.info("%s is there; checking it", path)
        _check_found(artefact, path)
        # What was fetched of it before it was put here by hand.
        for leftover in (part_path, _note_of(part_path)):
            leftover.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if not artefact.sources:
        raise InputError(f"{artefact.name} has no public source; {_by_hand(artefact, path)}")
    with _locked(part_path) as file:
        if path.exists():  # the process that was waited for has fetched it
            part_path.unlink()
            return
        with _Part(file, artefact.checksum) as part:
            _fetch_from_any(artefact, part, path)
            part.finish(path)
    log.info("%s is complete", path)


def place(source: Path, path: Path) -> None:
    """Put a downloaded file where a run looks for it, as a link.

    Not a hard one: Snakemake gives what a job makes the present time, which would be that of the
    file in all runs, and make those that have used it out of date.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(source.parent.resolve() / source.name, path.parent.resolve()))


def _check_found(artefact: Artefact, path: Path) -> None:
    fault = _fault_of(path, artefact, artefact.checksum, partial(digest, path))
    if fault is not None:
        raise InputError(f"{path}: {fault}; remove it, or put the right file in its place")


def _fault_of(
    path: Path, artefact: Artefact, checksum: Checksum | None, digest_by: Callable[[str], str]
) -> str | None:
    """What is wrong with a whole file, if anything is; `digest_by` an algorithm is its digest."""
    size = path.stat().st_size
    if artefact.size is not None and size != artefact.size:
        return f"has {size} bytes, expected {artefact.size}"
    if checksum is not None:
        found = digest_by(checksum.algorithm)
        if found != checksum.digest:
            return f"its {checksum.algorithm} is {found}, expected {checksum.digest}"
    # Nobody knows its checksum; but one that was cut off has no directory at its end.
    elif artefact.name.endswith(".zip") and not zipfile.is_zipfile(path):
        return "is not a whole zip"
    return None


def _by_hand(artefact: Artefact, path: Path) -> str:
    pages = [artefact.manual] if artefact.manual else list(artefact.sources[-1:])
    where = f"get it in a browser from {pages[0]}" if pages else "ask its authors for it"
    return f"{where} and put it at {path}, where the next run checks and takes it"


def _fetch_from_any(artefact: Artefact, part: "_Part", path: Path) -> None:
    failures = []
    for source in artefact.sources:
        try:
            _fetch_from(source, artefact, part)
            return
        except _SourceError as error:
            log.warning("%s: %s", source, error)
            failures.append(f"{source}: {error}")
    raise InputError(
        f"{artefact.name} could not be fetched ({'; '.join(failures)}); {_by_hand(artefact, path)}"
    )


def _fetch_from(source: str, artefact: Artefact, part: "_Part") -> None:
    """Fetch the rest of a file from a source, trying again, and check it.

    Raises:
        _SourceError: it could not be had here.
        InputError: the disk is full.
    """
    fresh = urllib3.Retry(
        TRIES - 1, backoff_factor=BACKOFF, backoff_jitter=BACKOFF, retry_after_max=LONGEST_WAIT
    )
    retry, farthest = fresh, part.size
    with requests.Session() as session:
        session.headers["User-Agent"] = "bioscan-workflow"
        while True:
            try:
                inherited = part.inherited
                _fetch_rest(session, source, artefact, part)
                if (fault := part.fault(artefact)) is None:
                    return
                part.restart()
                if not inherited:
                    raise _SourceError(fault)
                log.warning("%s: what was there already was wrong (%s); all anew", source, fault)
                farthest = 0
            except _PassingError as error:
                log.warning("%s: %s", source, error)
                if part.size > farthest:
                    retry, farthest = fresh, part.size
                raw = None if error.response is None else error.response.raw
                try:
                    retry = retry.increment("GET", source, response=raw, error=error)
                except urllib3.exceptions.MaxRetryError:
                    raise _SourceError(f"{error} ({TRIES} tries)") from None
                retry.sleep(raw)


def _fetch_rest(session: requests.Session, source: str, artefact: Artefact, part: "_Part") -> None:
    """Ask a source once for what is missing, and add it to the part."""
    part.begin(source, artefact)
    if part.complete:
        return
    log.info("fetching %s%s", source, f" from byte {part.size} on" if part.size else "")
    try:
        with _answer(session, source, part.wish()) as response:
            _check_answer(response, artefact, part)
            _receive(response, part)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _PassingError(_reason(error)) from error


def _answer(
    session: requests.Session, url: str, headers: Mapping[str, str], page: bool = False
) -> requests.Response:
    """The answer that holds the file, behind Google Drive's page that asks to confirm."""
    timeouts = (min(TIMEOUT, 30), TIMEOUT)
    response = session.get(url, headers=headers, stream=True, timeout=timeouts)
    status = response.status_code
    if "html" not in response.headers.get("Content-Type", "") and status < 400:
        return response
    with response:
        if status in PASSING:
            raise _PassingError(f"HTTP {status} {response.reason}", response)
        if status == 416:  # what is there is no beginning of the file
            return response
        text = response.raw.read(BLOCK, decode_content=True).decode(errors="replace")
        if any(phrase in text for phrase in QUOTA):
            raise _SourceError("the quota of Google Drive for this file is used up for today")
        if status >= 400:
            raise _SourceError(f"HTTP {status} {response.reason}")
        form = _Form(text)
        if form.action is None or page:
            raise _SourceError(f"sent a web page ({form.title or 'no title'}), not the file")
    address = requests.Request("GET", form.action, params=form.fields).prepare().url
    return _answer(session, address, headers, page=True)


class _Form(HTMLParser):
    """The form by which Google Drive asks to confirm a download that it has not scanned."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.title = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_title = tag == "title"
        if tag == "form" and given.get("id") == "download-form":
            self.action = given.get("action")
        elif tag == "input" and self.action is not None and given.get("name"):
            self.fields[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data.strip()


def _check_answer(response: requests.Response, artefact: Artefact, part: "_Part") -> None:
    """Make the part fit what the source will send: go on, or begin anew."""
    if response.status_code == 416:
        part.restart()
        raise _PassingError("what was there already is no beginning of the file; all anew")
    headers: dict[str, str] = {}
    for step in (*response.history, response):
        headers |= {name.lower(): value for name, value in step.headers.items()}
    etag = response.headers.get("ETag")
    length = response.headers.get("Content-Length")
    total = int(length) if length is not None and length.isdigit() else None
    if response.status_code == 206:
        unit, _, sent = headers.get("content-range", "").partition(" ")
        span, _, whole = sent.partition("/")
        total = int(whole) if whole.isdigit() else None
        same = part.etag in (None, etag) or artefact.checksum is not None
        fits = total is None or part.total in (None, total)
        if unit != "bytes" or span.partition("-")[0] != str(part.size) or not (same and fits):
            part.restart()
            raise _PassingError("the file has changed since its beginning was fetched; all anew")
    if artefact.size is not None and total not in (None, artefact.size):
        raise _SourceError(f"the file there has {total} bytes, expected {artefact.size}")
    if response.status_code != 206 and part.size:
        log.info("the source sends the file from its beginning")
        part.restart()
    linked = headers.get("x-linked-etag", "").removeprefix("W/").strip('"')
    if total is not None:
        _check_space(part, total - part.size)
    # Hugging Face names large files by their SHA-256.
    part.learn(etag, total, Checksum("sha256", linked) if len(linked) == 64 else None)


def _check_space(part: "_Part", needed: int) -> None:
    free = shutil.disk_usage(part.path.parent).free
    if needed > free:
        raise InputError(
            f"{part.path}: {_gigabytes(needed)} GB are to come, and {_gigabytes(free)} GB are "
            "free on this disk"
        )


def _receive(response: requests.Response, part: "_Part") -> None:
    """Add what a source sends to the part, with a line of progress now and then."""
    began = written = part.size
    last = time.monotonic()
    while block := response.raw.read(BLOCK, decode_content=False):
        part.add(block)
        now = time.monotonic()
        if now - last >= INTERVAL:
            log.info("%s", _progress(part.size, part.total, (part.size - written) / (now - last)))
            last, written = now, part.size
    if part.total is not None and part.size != part.total:
        raise _PassingError(f"ended after {part.size} of {part.total} bytes")
    if part.size == began:
        raise _PassingError("sent nothing")
    part.ended = True


def _progress(size: int, total: int | None, rate: float) -> str:
    """A line such as `1.2 of 20.1 GB, 85.0 MB/s, 0:03:42 left`; sizes in bytes, a rate a second."""
    speed = f"{rate / 1e6:.1f} MB/s"
    if total is None:
        return f"{_gigabytes(size)} GB, {speed}"
    left = int((total - size) / max(rate, 1))
    clock = f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}"
    return f"{_gigabytes(size)} of {_gigabytes(total)} GB, {speed}, {clock} left"


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.{1 if size >= 1e9 else 3}f}"


def _reason(error: Exception) -> str:
    """What a network error says, without the objects that it is wrapped in."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "nothing came any more (timeout)"
    while error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    text = str(getattr(error, "reason", None) or error)
    return " ".join(text.rsplit(">: ", 1)[-1].split())


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


class _Part:
    """The bytes of a file that are there, and what they are part of.

    Their checksum is computed by a thread of its own while others are read.

    Attributes:
        size: how many there are.
        total: how many there will be, where a source has said so.
        etag: which version of the file a source called it.
        inherited: some were there before the present answer of a source.
        ended: a source has sent its last byte.
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
        self._hash = self._hash_of_nothing()
        if not state or (self.total is not None and self.size > self.total):
            self.restart()
        else:
            self._hash_what_is_there()

    def __enter__(self) -> "_Part":
        return self

    def __exit__(self, *_: object) -> None:
        self._hasher.shutdown(cancel_futures=True)
        if self.size == 0:
            self.path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

    @property
    def complete(self) -> bool:
        return self.ended or (self.total is not None and self.size == self.total)

    def begin(self, source: str, artefact: Artefact) -> None:
        """Turn to a source. Bytes of another are kept where a checksum will judge the whole."""
        if self.size and source != self._source:
            self.inherited, self.etag = True, None
            if artefact.checksum is None:
                self.restart()
        self._source = source

    def wish(self) -> dict[str, str]:
        """The headers that ask for what is missing, as the file is, not compressed."""
        headers = {"Accept-Encoding": "identity"}
        if self.size:
            headers["Range"] = f"bytes={self.size}-"
            if self.etag is not None and not self.etag.startswith("W/"):
                headers["If-Range"] = self.etag
        return headers

    def learn(self, etag: str | None, total: int | None, stated: Checksum | None) -> None:
        """Note what a source says of the file, for a process that goes on from here."""
        self.etag, self.total = etag, total
        if self._given is None and stated != self._checksum and self.size == 0:
            self._checksum = stated
            self._hash = self._hash_of_nothing()
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

    def fault(self, artefact: Artefact) -> str | None:
        """What is wrong with the whole file, if anything is."""
        return _fault_of(self.path, artefact, self._checksum, self._digest)

    def _digest(self, _: str) -> str:
        """That of all bytes, by the algorithm of the checksum."""
        self._drain()
        return self._hash.hexdigest()

    def restart(self) -> None:
        """Forget all bytes."""
        self._drain()
        self._file.seek(0)
        self._file.truncate()
        self._note.unlink(missing_ok=True)
        self.size, self.total, self.etag = 0, None, None
        self.inherited = self.ended = False
        self._checksum = self._given
        self._hash = self._hash_of_nothing()

    def finish(self, path: Path) -> None:
        """Make the whole file appear."""
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
                f"{self.path}: {error.strerror} after {_gigabytes(self.size)} GB; once that is "
                "repaired, the next run goes on from there"
            ) from error

    def _read_note(self) -> dict:
        try:
            return json.loads(self._note.read_text())
        except (OSError, ValueError):
            return {}

    def _hash_of_nothing(self) -> "hashlib._Hash | None":
        return hashlib.new(self._checksum.algorithm) if self._checksum is not None else None

    def _hash_what_is_there(self) -> None:
        self._file.seek(0)
        if self._hash is None:
            return
        log.info("reading the %s GB that are there already", _gigabytes(self.size))
        while block := self._file.read(BLOCK):
            self._hash.update(block)

    def _drain(self) -> None:
        while self._waiting:
            self._waiting.pop().result()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading and writing that no other process of this kind has open.

    The lock ends with its process, even on kill -9. Where the file system has none, there is none.
    """
    while True:
        with path.open("ab+", buffering=0) as file:
            _lock(file, path)
            if _is_at(file, path):
                yield file
                return
        # The process that was waited for has renamed or removed it.


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
