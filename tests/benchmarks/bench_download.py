"""How fast 10 GB come from a server on this machine, beside curl, and in how much memory.

Both ask the same server, which hands a sparse file to the kernel to send, and write to the same
disk, by turns. curl computes no checksum; here the MD5 is computed too, as it always is where the
catalogue gives one, and once not, to see what it costs.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path

import pytest

from bioscan.acquire import download

SIZE, ROUNDS = 10_000_000_000, 2

#: What is still bounded memory: the interpreter and its libraries, and some blocks, in MB.
MEMORY = 150

FETCH = """
import resource, sys, time
from pathlib import Path
from bioscan.acquire.catalogue import Artefact, Checksum
from bioscan.acquire.download import fetch
url, md5, path = sys.argv[1:]
checksum = Checksum("md5", md5) if md5 else None
began = time.monotonic()
fetch(Artefact("a", (url,), checksum=checksum), Path(path))
print(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        with self.server.path.open("rb") as file:
            self.connection.sendfile(file)

    def log_message(self, *_: object) -> None:
        pass


def _serve(path: Path, ports) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.path = path
    ports.put(server.server_port)
    server.serve_forever()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a sparse file, from a server in a process of its own."""
    if shutil.disk_usage(tmp_path).free < SIZE + 2_000_000_000:
        pytest.skip("12 GB of free disk are needed")
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(SIZE)
    context = get_context("spawn")
    ports = context.Queue()
    server = context.Process(target=_serve, args=(sparse, ports), daemon=True)
    server.start()
    yield f"http://127.0.0.1:{ports.get(timeout=30)}/a"
    server.terminate()
    server.join()


def _md5_of_nothing() -> tuple[str, float]:
    """The MD5 of the file, and the seconds that it takes alone."""
    block, digest = bytes(download.BLOCK), hashlib.md5()
    began = time.monotonic()
    for _ in range(SIZE // len(block)):
        digest.update(block)
    digest.update(bytes(SIZE % len(block)))
    return digest.hexdigest(), time.monotonic() - began


def _curl(url: str, target: Path) -> tuple[float, float]:
    began = time.monotonic()
    subprocess.run(["curl", "-sS", "-o", target, url], check=True)
    return time.monotonic() - began, 0


def _ours(url: str, target: Path, md5: str) -> tuple[float, float]:
    library = str(Path(download.__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", FETCH, url, md5, target],
        env=os.environ | {"PYTHONPATH": library},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, memory = run.stdout.split()
    return float(seconds), float(memory)


def bench_a_large_download_beside_curl(url: str, tmp_path: Path):
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    md5, alone = _md5_of_nothing()
    ways = {
        "curl": lambda target: _curl(url, target),
        "with MD5": lambda target: _ours(url, target, md5),
        "without": lambda target: _ours(url, target, ""),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    memory = 0.0
    for _ in range(ROUNDS):
        for name, way in ways.items():
            target = tmp_path / "target"
            os.sync()
            took, peak = way(target)
            assert target.stat().st_size == SIZE
            target.unlink()
            seconds[name].append(took)
            memory = max(memory, peak)
    best = {name: min(times) for name, times in seconds.items()}
    print(f"\n{SIZE / 1e9:.0f} GB, best of {ROUNDS} (all, s); {memory:.0f} MB of memory at most")
    for name, times in seconds.items():
        rate, share = SIZE / best[name] / 1e6, best["curl"] / best[name]
        listed = ", ".join(f"{time:.1f}" for time in times)
        print(f"  {name:9}{rate:6.0f} MB/s, {share:4.0%} of curl ({listed})")
    print(f"  the MD5 alone takes {alone:.1f} s")
    assert memory < MEMORY
    assert best["curl"] / best["with MD5"] >= 0.8
