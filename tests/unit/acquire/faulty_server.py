"""A local server that mimics Zenodo, Hugging Face and Google Drive, and their failures."""

import hashlib
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

#: Three blocks that end like a zip, with the directory of an archive without members.
CONTENT = bytes(range(256)) * 12_000 + b"PK\x05\x06".ljust(22, b"\0")
MD5 = hashlib.md5(CONTENT).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CUT = 2_500_000

#: Google Drive's pages, in outline.
CONFIRM = """<html><head><title>Google Drive - Virus scan warning</title></head><body>
<form id="download-form" action="{base}/drive" method="get">
<input type="submit" value="Download anyway"/><input type="hidden" name="id" value="{id}">
<input type="hidden" name="confirm" value="t"><input type="hidden" name="uuid" value="u-1"></form>
</body></html>"""
QUOTA = """<html><head><title>Google Drive - Quota exceeded</title></head><body><p>Sorry, you
can&#39;t view or download this file at this time.</p><p>Too many users have viewed or downloaded
this file recently.</p></body></html>"""
SIGN_IN = "<html><head><title>Sign in - Google Accounts</title></head><body></body></html>"


class Server(ThreadingHTTPServer):
    """Serves CONTENT; the path selects the behaviour.

    Attributes:
        asked: path and Range of each request, in order.
        etag: of the file.
        pause: seconds that a stalled response pauses.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.etag = '"v1"'
        self.pause = 5.0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Ignore connections that a client, or the server itself, has closed."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.server.asked.append((address.path, self.headers.get("Range")))
        self.close_connection = True
        getattr(self, address.path.strip("/").split(".")[0])()

    def first_time(self) -> bool:
        """Whether this path is requested for the first time."""
        return [path for path, _ in self.server.asked].count(urlsplit(self.path).path) == 1

    def begin(self, size: int | None = len(CONTENT), ranges: bool = True, **headers: str) -> int:
        """Send the headers of a file, and return the first byte to send, as the range requests."""
        wanted = self.headers.get("Range") if ranges else None
        if self.headers.get("If-Range") not in (None, self.server.etag):
            wanted = None
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if wanted and start >= len(CONTENT):
            self.send_error(416)
            return len(CONTENT)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Type", "application/octet-stream")
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if size is not None:
            self.send_header("Content-Length", str(size - start))
        for name, value in {"ETag": self.server.etag, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        return start

    def page(self, text: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    # Good sources

    def good(self) -> None:
        self.wfile.write(CONTENT[self.begin() :])

    def unnumbered(self) -> None:
        self.begin(size=None, ranges=False)
        self.wfile.write(CONTENT)

    def moved(self) -> None:
        self.send_response(302)
        self.send_header("Connection", "close")
        self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def hub(self) -> None:
        """Hugging Face: names a large file by its SHA-256 and redirects to it."""
        self.send_response(302)
        self.send_header("Connection", "close")
        self.send_header("Location", "/good")
        self.send_header("X-Linked-ETag", f'"{SHA256}"')
        self.send_header("X-Linked-Size", str(len(CONTENT)))
        self.send_header("ETag", '"of the pointer"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def drive(self) -> None:
        """Google Drive: asks to confirm a file that is too large to be scanned."""
        if self.query.get("confirm") == "t" and self.query.get("uuid") == "u-1":
            self.good()
        else:
            self.page(CONFIRM.format(base=self.server.base, id=self.query.get("id")))

    # Sources that recover

    def dropping(self) -> None:
        """Closes after CUT bytes, and sends the rest on request."""
        start = self.begin()
        self.wfile.write(CONTENT[start:CUT] if self.first_time() else CONTENT[start:])

    def rangeless(self) -> None:
        """Closes after CUT bytes, and supports no ranges."""
        self.begin(ranges=False)
        self.wfile.write(CONTENT[:CUT] if self.first_time() else CONTENT)

    def stalling(self) -> None:
        start = self.begin()
        if self.first_time():
            self.wfile.write(CONTENT[:CUT])
            time.sleep(self.server.pause)
        else:
            self.wfile.write(CONTENT[start:])

    def busy(self) -> None:
        """429 with the time to wait."""
        if self.first_time():
            self.send_response(429)
            self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.good()

    def down(self) -> None:
        """503, twice."""
        if [path for path, _ in self.server.asked].count("/down") < 3:
            self.page("<html><title>Service unavailable</title></html>", 503)
        else:
            self.good()

    def changing(self) -> None:
        """Has another version of the file from the second request on."""
        if self.first_time():
            self.begin()
            self.wfile.write(b"x" * CUT)
            self.server.etag = '"v2"'
        else:
            self.good()

    def slow(self) -> None:
        start = self.begin()
        for first in range(start, len(CONTENT), 100_000):
            self.wfile.write(CONTENT[first : first + 100_000])
            time.sleep(0.03)

    # Bad sources

    def other(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"other")

    def wrong(self) -> None:
        self.begin(ranges=False)
        self.wfile.write(CONTENT[::-1])

    def short(self) -> None:
        """Always closes after a thousand bytes, and supports no ranges."""
        self.begin(ranges=False)
        self.wfile.write(CONTENT[:1000])

    def empty(self) -> None:
        self.begin(size=0, ranges=False)

    def chunked(self) -> None:
        self.begin(size=None, ranges=False, **{"Transfer-Encoding": "chunked"})
        self.wfile.write(b"3e8\r\n" + CONTENT[:1000] + b"\r\n0\r\n\r\n")

    def dropped(self) -> None:
        """A chunk of 1,000 bytes that ends after 100."""
        self.begin(size=None, ranges=False, **{"Transfer-Encoding": "chunked"})
        self.wfile.write(b"3e8\r\n" + CONTENT[:100])

    def missing(self) -> None:
        self.send_error(404)

    def gone(self) -> None:
        self.connection.close()

    def nonsense(self) -> None:
        self.wfile.write(b"220 mail.example.org ESMTP\r\n")

    def quota(self) -> None:
        self.page(QUOTA)

    def sign_in(self) -> None:
        self.page(SIGN_IN)

    def asking(self) -> None:
        """A form that leads to a form."""
        self.page(CONFIRM.format(base=self.server.base, id="1").replace("/drive", "/asking"))

    def log_message(self, *_: object) -> None:
        pass
