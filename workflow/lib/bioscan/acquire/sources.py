"""One request to a source, and the check that its response continues the file."""

import logging
import shutil
from collections.abc import Mapping
from html.parser import HTMLParser

import requests
import urllib3

from bioscan.acquire.catalogue import Checksum, Download
from bioscan.acquire.resumable import BLOCK, PartialFile, gigabytes
from bioscan.core.errors import InputError

log = logging.getLogger(__name__)

#: Seconds without a byte before a connection is given up.
TIMEOUT = 60

#: HTTP statuses that are transient.
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}

#: Texts of the pages that Google Drive sends in place of a file that was downloaded too often.
QUOTA = ("Quota exceeded", "Too many users have viewed or downloaded this file")


class SourceError(Exception):
    """A source does not deliver the file, and a retry would not help."""


class TransientError(Exception):
    """A failure that a retry may overcome."""

    def __init__(self, reason: object, response: requests.Response | None = None) -> None:
        super().__init__(str(reason))
        self.response = response


def request_file(
    session: requests.Session, url: str, headers: Mapping[str, str], confirmed: bool = False
) -> requests.Response:
    """Request a file, and confirm the download where Google Drive asks for it.

    Args:
        session: of the source.
        url: of the file.
        headers: of the request.
        confirmed: whether the download was confirmed before.

    Returns:
        The response that holds the file, or one with status 416 (range not satisfiable).

    Raises:
        TransientError: a transient HTTP status.
        SourceError: any other HTTP error, or a web page in place of the file.
    """
    timeouts = (min(TIMEOUT, 30), TIMEOUT)
    response = session.get(url, headers=headers, stream=True, timeout=timeouts)
    status = response.status_code
    if "html" not in response.headers.get("Content-Type", "") and status < 400:
        return response
    with response:
        if status in TRANSIENT:
            raise TransientError(f"HTTP {status} {response.reason}", response)
        if status == 416:
            return response
        text = response.raw.read(BLOCK, decode_content=True).decode(errors="replace")
        if any(phrase in text for phrase in QUOTA):
            raise SourceError("the quota of Google Drive for this file is used up for today")
        if status >= 400:
            raise SourceError(f"HTTP {status} {response.reason}")
        form = _ConfirmationForm(text)
        if form.action is None or confirmed:
            raise SourceError(f"sent a web page ({form.title or 'no title'}), not the file")
    address = requests.Request("GET", form.action, params=form.fields).prepare().url
    return request_file(session, address, headers, confirmed=True)


class _ConfirmationForm(HTMLParser):
    """The form in which Google Drive asks to confirm a download that it has not scanned."""

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


def check_response(response: requests.Response, download: Download, part: PartialFile) -> None:
    """Prepare a part for the body of a response: resume it, or restart it.

    Raises:
        TransientError: the part does not belong to the file; it was discarded.
        SourceError: the source has another file.
        InputError: the disk lacks space for the rest.
    """
    if response.status_code == 416:
        part.restart()
        raise TransientError("the bytes fetched before are no beginning of the file; restarting")
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
        same = part.etag in (None, etag) or download.checksum is not None
        fits = total is None or part.total in (None, total)
        if unit != "bytes" or span.partition("-")[0] != str(part.size) or not (same and fits):
            part.restart()
            raise TransientError("the file has changed since its beginning was fetched; restarting")
    if download.size is not None and total not in (None, download.size):
        raise SourceError(f"the file there has {total} bytes, expected {download.size}")
    if response.status_code != 206 and part.size:
        log.info("the source sends the file from its beginning")
        part.restart()
    linked = headers.get("x-linked-etag", "").removeprefix("W/").strip('"')
    if total is not None:
        _check_space(part, total - part.size)
    # Hugging Face names large files by their SHA-256.
    part.describe(etag, total, Checksum("sha256", linked) if len(linked) == 64 else None)


def _check_space(part: PartialFile, needed: int) -> None:
    free = shutil.disk_usage(part.path.parent).free
    if needed > free:
        raise InputError(
            f"{part.path}: {gigabytes(needed)} GB are to come, and {gigabytes(free)} GB are "
            "free on this disk"
        )


def network_reason(error: Exception) -> str:
    """The reason of a network error, without the objects that it is wrapped in."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no more bytes arrived (timeout)"
    while error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    text = str(getattr(error, "reason", None) or error)
    return " ".join(text.rsplit(">: ", 1)[-1].split())
