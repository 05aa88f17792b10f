"""A local server, and downloads that give up soon."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from bioscan.acquire import download
from tests.unit.acquire.faulty_server import Server
from tests.unit.acquire.fetcher import Fetcher


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(download, "BACKOFF", 0)
    monkeypatch.setattr(download, "TRIES", 3)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetcher(server: Server, tmp_path: Path) -> Fetcher:
    return Fetcher(server, tmp_path)
