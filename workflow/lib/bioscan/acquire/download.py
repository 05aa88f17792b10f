"""Fetching one file, complete and checked, from the first source that delivers it.

A download that was interrupted, even by kill -9, resumes from the bytes that have arrived (see
`resumable`).
"""

import logging
import os
import time
from functools import partial
from pathlib import Path

import requests
import urllib3

from bioscan.acquire.catalogue import Download
from bioscan.acquire.resumable import (
    BLOCK,
    PartialFile,
    fault_of,
    gigabytes,
    locked,
    part_of,
    remove_part,
)
from bioscan.acquire.sources import (
    SourceError,
    TransientError,
    check_response,
    network_reason,
    request_file,
)
from bioscan.core.errors import InputError
from bioscan.core.files import digest

log = logging.getLogger(__name__)

#: Tries without progress before a source is given up.
TRIES = 7

#: Back-off: seconds before the third try, doubled with each further one, up to two minutes. The
#: second try follows at once.
BACKOFF = 1.0

#: Longest wait, in seconds, that a host may request (Retry-After).
LONGEST_WAIT = 600

#: Seconds between two lines of progress.
INTERVAL = 10


def fetch(download: Download, path: Path) -> None:
    """Put a file at `path`, from the first source that delivers it.

    An existing file, fetched before or manually, is checked and kept. If two processes fetch the
    same file, one waits for the other.

    Args:
        download: the file's entry in the catalogue.
        path: where to put it.

    Raises:
        InputError: no source delivered the file, with the reason of each; the existing file is
            another one; the disk is full.
    """
    if path.exists():
        log.info("%s exists; checking it", path)
        _check_existing(download, path)
        # The file may have been fetched manually after a download had begun.
        remove_part(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if not download.sources:
        raise InputError(f"{download.name} has no public source; {_manually(download, path)}")
    with locked(part_of(path)) as file:
        if path.exists():  # another process had the lock and fetched it
            part_of(path).unlink()
            return
        with PartialFile(file, download.checksum) as part:
            _fetch_from_any(download, part, path)
            part.finish(path)
    log.info("%s is complete", path)


def place(source: Path, path: Path) -> None:
    """Link a downloaded file to the path where a run expects it.

    The link is symbolic: Snakemake sets the time of a job's output to the present, and a hard link
    would thereby change the time of the file in all runs, and outdate the jobs that used it.

    Args:
        source: the downloaded file.
        path: where the run expects it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(source.parent.resolve() / source.name, path.parent.resolve()))


def _check_existing(download: Download, path: Path) -> None:
    fault = fault_of(path, download, download.checksum, partial(digest, path))
    if fault is not None:
        raise InputError(f"{path}: {fault}; remove it, or put the right file in its place")


def _manually(download: Download, path: Path) -> str:
    """How to fetch a file manually."""
    pages = [download.manual] if download.manual else list(download.sources[-1:])
    where = f"get it in a browser from {pages[0]}" if pages else "ask its authors for it"
    return f"{where} and put it at {path}, where the next run checks and takes it"


def _fetch_from_any(download: Download, part: PartialFile, path: Path) -> None:
    failures = []
    for source in download.sources:
        try:
            _fetch_from(source, download, part)
            return
        except SourceError as error:
            log.warning("%s: %s", source, error)
            failures.append(f"{source}: {error}")
    raise InputError(
        f"{download.name} could not be fetched ({'; '.join(failures)}); {_manually(download, path)}"
    )


def _fetch_from(source: str, download: Download, part: PartialFile) -> None:
    """Fetch the rest of a file from a source, with retries, and check it.

    Raises:
        SourceError: the source does not deliver the file.
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
                _fetch_rest(session, source, download, part)
                if (fault := part.fault(download)) is None:
                    return
                part.restart()
                if not inherited:
                    raise SourceError(fault)
                log.warning(
                    "%s: the bytes fetched before were wrong (%s); restarting", source, fault
                )
                farthest = 0
            except TransientError as error:
                log.warning("%s: %s", source, error)
                if part.size > farthest:
                    retry, farthest = fresh, part.size
                raw = None if error.response is None else error.response.raw
                try:
                    retry = retry.increment("GET", source, response=raw, error=error)
                except urllib3.exceptions.MaxRetryError:
                    raise SourceError(f"{error} ({TRIES} tries)") from None
                retry.sleep(raw)


def _fetch_rest(
    session: requests.Session, source: str, download: Download, part: PartialFile
) -> None:
    """Request the missing bytes from a source once, and add them to the part."""
    part.use_source(source, download)
    if part.complete:
        return
    log.info("fetching %s%s", source, f" from byte {part.size} on" if part.size else "")
    try:
        with request_file(session, source, part.request_headers()) as response:
            check_response(response, download, part)
            _receive(response, part)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise TransientError(network_reason(error)) from error


def _receive(response: requests.Response, part: PartialFile) -> None:
    """Add the body of a response to the part, and log the progress."""
    began = written = part.size
    last = time.monotonic()
    while block := response.raw.read(BLOCK, decode_content=False):
        part.add(block)
        now = time.monotonic()
        if now - last >= INTERVAL:
            log.info("%s", progress(part.size, part.total, (part.size - written) / (now - last)))
            last, written = now, part.size
    if part.total is not None and part.size != part.total:
        raise TransientError(f"ended after {part.size} of {part.total} bytes")
    if part.size == began:
        raise TransientError("sent nothing")
    part.ended = True


def progress(size: int, total: int | None, rate: float) -> str:
    """A line such as `1.2 of 20.1 GB, 85.0 MB/s, 0:03:42 left`.

    Args:
        size: bytes that have arrived.
        total: bytes in all; None if unknown.
        rate: bytes per second.
    """
    speed = f"{rate / 1e6:.1f} MB/s"
    if total is None:
        return f"{gigabytes(size)} GB, {speed}"
    left = int((total - size) / max(rate, 1))
    clock = f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}"
    return f"{gigabytes(size)} of {gigabytes(total)} GB, {speed}, {clock} left"
