"""A run downloads a file once."""

import hashlib
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from threading import Thread

import pytest
import yaml

from tests.workflow.runs import copy_repository, snakemake

CONTENT = b"weights"
WEIGHTS = "weights/resnet50/model.safetensors"


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def repository(tmp_path: Path, asked: list[str]):
    """A copy of the repository, whose catalogue has its weights from a server on this machine."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    folder = copy_repository(tmp_path)
    path = folder / "config" / "catalogue.yaml"
    catalogue = yaml.safe_load(path.read_text())
    catalogue["weights"]["resnet50"]["files"]["model.safetensors"] = {
        "size": len(CONTENT),
        "md5": hashlib.md5(CONTENT).hexdigest(),
        "sources": [f"http://127.0.0.1:{server.server_port}/model.safetensors"],
    }
    path.write_text(yaml.safe_dump(catalogue))
    yield folder
    server.shutdown()
    server.server_close()


def fetch(folder: Path, run: str) -> CompletedProcess:
    return snakemake(folder, "--config", f"run={run}", "--", f"results/{run}/{WEIGHTS}")


def test_a_file_is_downloaded_once_for_all_runs(repository, asked):
    output = fetch(repository, "first").stdout
    licence = "resnet50: BSD 3-Clause, https://opensource.org/license/bsd-3-clause\n"
    assert output.index(licence.strip()) < output.index(f"Fetch {WEIGHTS}")
    assert (repository / "results/first/weights/resnet50/LICENCE.txt").read_text() == licence
    assert asked == ["/model.safetensors"]

    # Neither an edit to the catalogue nor one to the code makes it, or what follows from it, again.
    for edited in ("config/catalogue.yaml", "scripts/acquire/fetch_file.py"):
        path = repository / edited
        path.write_text(path.read_text().replace("http://", "https://") + "\n# An edit.\n")
    assert "Nothing to be done" in fetch(repository, "first").stdout

    # A second run does not make the first one out of date.
    first = repository / "results" / "first" / WEIGHTS
    before = first.stat().st_mtime_ns, first.lstat().st_mtime_ns
    fetch(repository, "second")
    assert len(asked) == 1
    assert (first.stat().st_mtime_ns, first.lstat().st_mtime_ns) == before
    shared = repository / "results" / "downloads" / WEIGHTS
    assert shared.read_bytes() == CONTENT
    assert shared.samefile(first)
    assert shared.samefile(repository / "results" / "second" / WEIGHTS)


def test_another_file_put_by_hand_is_one_clear_line(repository, asked):
    shared = repository / "results" / "downloads" / WEIGHTS
    shared.parent.mkdir(parents=True)
    shared.write_bytes(b"another")
    run = fetch(repository, "first")
    assert run.returncode != 0
    assert f"error: results/downloads/{WEIGHTS}: its md5 is " in run.stdout
    assert "Traceback" not in run.stdout
    assert asked == []
