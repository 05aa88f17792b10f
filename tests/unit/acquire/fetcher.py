"""Fetches from the faulty server, and the checksums to expect."""

import json
from pathlib import Path

from bioscan.acquire.catalogue import Checksum, Download
from bioscan.acquire.download import fetch
from tests.unit.acquire.faulty_server import CONTENT, MD5, Server

RIGHT = Checksum("md5", MD5)


class Fetcher:
    """Fetches from paths of the server into an empty folder."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder / "downloads"
        self.target = self.folder / "a.zip"
        self.part = self.folder / "a.zip.part"
        self.note = self.folder / "a.zip.part.json"

    def find_download(self, *paths: str, checksum: Checksum | None = RIGHT, **known) -> Download:
        sources = tuple(f"{self.server.base}/{path}" for path in paths)
        return Download("a.zip", sources, checksum=checksum, **known)

    def __call__(self, *paths: str, **known) -> None:
        fetch(self.find_download(*paths, **known), self.target)

    def put(self, content: bytes) -> None:
        """Put a file at the target, as if it had been fetched manually."""
        self.folder.mkdir()
        self.target.write_bytes(content)

    def begun(self, path: str, content: bytes, **note) -> None:
        """Leave behind bytes and their description, as a killed process does."""
        self.folder.mkdir()
        self.part.write_bytes(content)
        source = f"{self.server.base}/{path}"
        known = {"source": source, "etag": '"v1"', "total": len(CONTENT), "sha256": None}
        self.note.write_text(json.dumps(known | note))

    def arrived(self) -> bool:
        """Whether the right file is there, and nothing beside it."""
        return [*self.folder.iterdir()] == [self.target] and self.target.read_bytes() == CONTENT

    @property
    def ranges(self) -> list[str | None]:
        return [wanted for _, wanted in self.server.asked]
