"""Speed and memory of a download of 10 GB from a server on this machine, compared with curl.

Both fetch in turn from the same server, which lets the kernel send a sparse file, and write to the
same disk. curl computes no checksum, so there are two pairs: without a checksum, and with the MD5,
which most of the catalogue has. We compute it while the file arrives; for curl, md5sum computes it
afterwards. Wall times need a quiet machine; processor times are those of the client alone.
"""

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path

import pytest

from bioscan.acquire import resumable

SIZE, ROUNDS = 10_000_000_000, 2

#: Bound on the memory in MB: the interpreter, its libraries and some blocks.
MEMORY = 150

FETCH = """
import resource, sys
from pathlib import Path
from bioscan.acquire.catalogue import Download, Checksum
from bioscan.acquire.download import fetch
url, md5, path = sys.argv[1:]
checksum = Checksum("md5", md5) if md5 else None
fetch(Download("a", (url,), checksum=checksum), Path(path))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
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


def _md5_of_zeros() -> tuple[str, float]:
    """The MD5 of the file, which holds zeros only, and the seconds that it takes alone."""
    block, digest = bytes(resumable.BLOCK), hashlib.md5()
    began = time.monotonic()
    for _ in range(SIZE // len(block)):
        digest.update(block)
    digest.update(bytes(SIZE % len(block)))
    return digest.hexdigest(), time.monotonic() - began


def _curl(url: str, target: Path, md5: str) -> float:
    subprocess.run(["curl", "-sS", "-o", target, url], check=True)
    if md5:
        found = subprocess.run(["md5sum", target], stdout=subprocess.PIPE, check=True).stdout
        assert found.decode().split()[0] == md5
    return 0


def _ours(url: str, target: Path, md5: str) -> float:
    """Fetch the file, and return the peak memory in MB."""
    library = str(Path(resumable.__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", FETCH, url, md5, target],
        env=os.environ | {"PYTHONPATH": library},
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(run.stdout)


def _processor() -> float:
    """Processor seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bench_a_large_download_beside_curl(url: str, tmp_path: Path):
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    md5, alone = _md5_of_zeros()
    ways = {
        "curl": (_curl, ""),
        "here": (_ours, ""),
        "curl, then md5sum": (_curl, md5),
        "here, with the MD5": (_ours, md5),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    memory = 0.0
    for _ in range(ROUNDS):
        for name, (way, checksum) in ways.items():
            target = tmp_path / "target"
            os.sync()
            began, before = time.monotonic(), _processor()
            memory = max(memory, way(url, target, checksum))
            times[name].append(time.monotonic() - began)
            processor[name].append(_processor() - before)
            assert target.stat().st_size == SIZE
            target.unlink()
    best = {name: min(found) for name, found in times.items()}
    print(f"\n{SIZE / 1e9:.0f} GB, best of {ROUNDS}; here in {memory:.0f} MB of memory at most")
    for name, found in times.items():
        rate, listed = SIZE / best[name] / 1e6, ", ".join(f"{took:.1f}" for took in found)
        print(
            f"  {name:19}{rate:5.0f} MB/s, {best['curl'] / best[name]:4.0%} of curl alone "
            f"({listed} s; {min(processor[name]):.1f} s of the processor)"
        )
    print(f"  the MD5 of as many bytes takes {alone:.1f} s")
    assert memory < MEMORY
    assert best["curl"] / best["here"] >= 0.8
    assert best["curl, then md5sum"] / best["here, with the MD5"] >= 0.8
