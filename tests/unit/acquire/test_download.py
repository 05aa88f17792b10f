"""Fetching over real HTTP, from a server that may be wrong, short or gone."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bioscan.acquire.download import fetch
from bioscan.core.errors import InputError

CONTENT = bytes(range(256)) * 1000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """One file, under paths that say how badly it is served."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        getattr(self, self.path.strip("/").split(".")[0])()
        self.close_connection = True

    def head(self, name: str, value: str) -> None:
        self.send_response(200)
        self.send_header(name, value)
        self.end_headers()

    def good(self) -> None:
        self.head("Content-Length", str(len(CONTENT)))
        self.wfile.write(CONTENT)

    def other(self) -> None:
        self.head("Content-Length", "5")
        self.wfile.write(b"other")

    def short(self) -> None:
        self.head("Content-Length", str(len(CONTENT)))
        self.wfile.write(CONTENT[:1000])

    def chunked(self) -> None:
        self.head("Transfer-Encoding", "chunked")
        self.wfile.write(b"3e8\r\n" + CONTENT[:1000] + b"\r\n0\r\n\r\n")

    def dropped(self) -> None:
        """A chunk of 1,000 bytes that ends after 100."""
        self.head("Transfer-Encoding", "chunked")
        self.wfile.write(b"3e8\r\n" + CONTENT[:100])

    def unnumbered(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def missing(self) -> None:
        self.send_error(404)

    def gone(self) -> None:
        self.connection.close()

    def nonsense(self) -> None:
        self.wfile.write(b"220 mail.example.org ESMTP\r\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    server.handle_error = lambda *_: None  # connections that it closed itself
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Fetcher:
    """Fetches from paths of the server into an empty folder."""

    def __init__(self, server: ThreadingHTTPServer, folder: Path) -> None:
        self.base = f"http://127.0.0.1:{server.server_port}"
        self.folder = folder / "source"
        self.target = self.folder / "a.zip"
        self.by_hand = folder / "by_hand" / "a.zip"

    def __call__(self, *paths: str, md5: str | None = MD5) -> None:
        fetch(self.target, [f"{self.base}/{path}" for path in paths], md5, self.by_hand)

    def lay_down(self, content: bytes) -> None:
        self.by_hand.parent.mkdir()
        self.by_hand.write_bytes(content)


@pytest.fixture
def fetcher(server: ThreadingHTTPServer, tmp_path: Path) -> Fetcher:
    return Fetcher(server, tmp_path)


def only_target(fetcher: Fetcher) -> bool:
    return [path.name for path in fetcher.folder.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("path", ["good", "unnumbered", "moved"])
def test_a_good_source_delivers(fetcher: Fetcher, path: str):
    fetcher(path)
    assert fetcher.target.read_bytes() == CONTENT
    assert only_target(fetcher)


def test_the_first_good_source_is_enough(fetcher: Fetcher, server: ThreadingHTTPServer):
    fetcher("good", "good.2")
    assert server.asked == ["/good"]


@pytest.mark.parametrize(
    "bad", ["other", "short", "chunked", "dropped", "missing", "gone", "nonsense"]
)
def test_after_a_bad_source_comes_the_next(fetcher: Fetcher, server: ThreadingHTTPServer, bad: str):
    fetcher(bad, "good")
    assert server.asked[0] == f"/{bad}"
    assert fetcher.target.read_bytes() == CONTENT
    assert only_target(fetcher)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("short", f"ended after 1000 of {len(CONTENT)} bytes"),
        ("dropped", "IncompleteRead"),
        ("missing", "HTTP Error 404: Not Found"),
    ],
)
def test_without_a_checksum_a_short_file_is_still_seen(fetcher: Fetcher, bad: str, reason: str):
    with pytest.raises(InputError, match=reason):
        fetcher(bad, md5=None)
    assert list(fetcher.folder.iterdir()) == []


def test_a_wrong_checksum_is_one_clear_line_and_nothing_stays(fetcher: Fetcher):
    with pytest.raises(InputError) as error:
        fetcher("other")
    found = hashlib.md5(b"other").hexdigest()
    assert str(error.value) == (
        f"a.zip could not be fetched ({fetcher.base}/other: its md5 is {found}, "
        f"expected {MD5}); put it at {fetcher.by_hand}"
    )
    assert list(fetcher.folder.iterdir()) == []


def test_every_source_has_its_reason(fetcher: Fetcher):
    with pytest.raises(InputError) as error:
        fetcher("missing", "short")
    message = str(error.value)
    assert "/missing: HTTP Error 404" in message
    assert "/short: ended after" in message
    assert "\n" not in message


def test_a_failed_fetch_leaves_the_file_that_was_there(fetcher: Fetcher):
    fetcher.folder.mkdir()
    fetcher.target.write_bytes(b"before")
    with pytest.raises(InputError):
        fetcher("short")
    assert fetcher.target.read_bytes() == b"before"
    assert only_target(fetcher)


def test_a_host_that_is_not_there_is_passed_over(fetcher: Fetcher):
    # Port 1 of this machine: refused at once.
    sources = ["http://127.0.0.1:1/a.zip", f"{fetcher.base}/good"]
    fetch(fetcher.target, sources, MD5, fetcher.by_hand)
    assert fetcher.target.read_bytes() == CONTENT


def test_a_file_laid_down_by_hand_is_used(fetcher: Fetcher, server: ThreadingHTTPServer):
    fetcher.lay_down(CONTENT)
    fetcher("good")
    assert server.asked == []
    assert fetcher.target.read_bytes() == CONTENT
    assert fetcher.by_hand.read_bytes() == CONTENT


def test_a_file_laid_down_by_hand_is_verified(fetcher: Fetcher):
    fetcher.lay_down(b"something else")
    with pytest.raises(InputError, match=f"by_hand/a.zip: its md5 is .* expected {MD5}"):
        fetcher()
    assert list(fetcher.folder.iterdir()) == []


def test_without_a_source_the_message_says_where_to_put_the_file(fetcher: Fetcher):
    with pytest.raises(InputError) as error:
        fetcher()
    assert str(error.value) == (
        f"a.zip could not be fetched (it has no public source); put it at {fetcher.by_hand}"
    )
