"""Fetching over real HTTP, from a server that may be wrong, short or gone."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from bioscan.acquire import download
from bioscan.acquire.catalogue import Artefact, Checksum
from bioscan.acquire.download import fetch, place
from bioscan.core.errors import InputError
from tests.unit.acquire.faulty_server import CONTENT, CUT, MD5, SHA256, Server

RIGHT = Checksum("md5", MD5)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    monkeypatch.setattr(download, "BACKOFF", 0)
    monkeypatch.setattr(download, "TRIES", 3)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Fetcher:
    """Fetches from paths of the server into an empty folder."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder / "downloads"
        self.target = self.folder / "a.zip"
        self.part = self.folder / "a.zip.part"
        self.note = self.folder / "a.zip.part.json"

    def artefact(self, *paths: str, checksum: Checksum | None = RIGHT, **known) -> Artefact:
        sources = tuple(f"{self.server.base}/{path}" for path in paths)
        return Artefact("a.zip", sources, checksum=checksum, **known)

    def __call__(self, *paths: str, **known) -> None:
        fetch(self.artefact(*paths, **known), self.target)

    def lay_down(self, content: bytes) -> None:
        self.folder.mkdir()
        self.target.write_bytes(content)

    def begun(self, path: str, content: bytes, **note) -> None:
        """What a killed process leaves behind."""
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


@pytest.fixture
def fetcher(server: Server, tmp_path: Path) -> Fetcher:
    return Fetcher(server, tmp_path)


# Good sources


@pytest.mark.parametrize("path", ["good", "unnumbered", "moved", "hub", "drive?id=1"])
@pytest.mark.parametrize("checksum", [RIGHT, Checksum("sha256", SHA256), None])
def test_a_good_source_delivers(fetcher: Fetcher, path: str, checksum: Checksum | None):
    fetcher(path, checksum=checksum)
    assert fetcher.arrived()


def test_the_first_good_source_is_enough(fetcher: Fetcher, server: Server):
    fetcher("good", "good.2")
    assert server.asked == [("/good", None)]


def test_a_finished_download_is_not_fetched_again(fetcher: Fetcher, server: Server):
    fetcher("good")
    fetcher("good")
    assert len(server.asked) == 1
    assert fetcher.arrived()


# Sources that recover


@pytest.mark.parametrize("checksum", [RIGHT, None])
def test_after_a_dropped_connection_the_rest_is_fetched(fetcher: Fetcher, checksum):
    fetcher("dropping", checksum=checksum)
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={CUT}-"]


def test_after_a_stall_the_rest_is_fetched(fetcher: Fetcher):
    fetcher("stalling")
    assert fetcher.arrived()
    assert fetcher.ranges[1].startswith("bytes=")


def test_a_server_without_ranges_sends_all_again(fetcher: Fetcher):
    fetcher("rangeless")
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={CUT}-"]


def test_a_host_that_is_busy_is_given_the_time_it_asks_for(fetcher: Fetcher):
    began = time.monotonic()
    fetcher("busy")
    assert fetcher.arrived()
    assert 1 <= time.monotonic() - began < 1.9


def test_a_host_that_is_down_is_asked_again(fetcher: Fetcher, server: Server):
    fetcher("down")
    assert fetcher.arrived()
    assert len(server.asked) == 3


@pytest.mark.parametrize("checksum", [RIGHT, None])
def test_versions_of_a_file_are_not_mixed(fetcher: Fetcher, checksum):
    fetcher("changing", checksum=checksum)
    assert fetcher.arrived()


def test_pauses_grow_and_differ(fetcher: Fetcher, monkeypatch):
    pauses = []
    monkeypatch.setattr(download, "BACKOFF", 1.0)
    monkeypatch.setattr(download, "TRIES", 6)
    monkeypatch.setattr(time, "sleep", pauses.append)
    with pytest.raises(InputError, match=r"6 tries"):
        fetcher("gone")
    first, *rest = [pause for pause in pauses if pause > 0]
    assert 2 <= first <= 3
    assert all(2 * 2**n <= pause <= 2 * 2**n + 1 for n, pause in enumerate([first, *rest]))
    assert len(rest) == 3


# Bad sources


BAD = {
    "other": "the file there has 5 bytes, expected",
    "wrong": "its md5 is .* expected",
    "short": r"IncompleteRead\(1000 bytes read.*3 tries",
    "empty": "the file there has 0 bytes, expected",
    "chunked": "has 1000 bytes, expected",
    "dropped": "IncompleteRead",
    "missing": "HTTP 404 Not Found",
    "gone": "Remote end closed connection",
    "nonsense": "BadStatusLine",
    "quota": "the quota of Google Drive for this file is used up for today",
    "sign_in": r"sent a web page \(Sign in - Google Accounts\), not the file",
    "asking": r"sent a web page \(Google Drive - Virus scan warning\), not the file",
}


@pytest.mark.parametrize("bad", BAD)
def test_after_a_bad_source_comes_the_next(fetcher: Fetcher, server: Server, bad: str):
    fetcher(bad, "good")
    assert server.asked[0][0] == f"/{bad}"
    assert fetcher.arrived()


@pytest.mark.parametrize("bad", BAD)
def test_what_is_wrong_with_a_source_is_one_line(fetcher: Fetcher, bad: str):
    with pytest.raises(InputError, match=BAD[bad]) as error:
        fetcher(bad, size=len(CONTENT))
    assert "\n" not in str(error.value)
    assert f"put it at {fetcher.target}" in str(error.value)
    assert not fetcher.target.exists()


def test_every_source_has_its_reason(fetcher: Fetcher, server: Server):
    with pytest.raises(InputError) as error:
        fetcher("missing", "quota", manual="https://example.org/folder")
    assert str(error.value) == (
        f"a.zip could not be fetched ({server.base}/missing: HTTP 404 Not Found; "
        f"{server.base}/quota: the quota of Google Drive for this file is used up for today); "
        f"get it in a browser from https://example.org/folder and put it at {fetcher.target}, "
        "where the next run checks and takes it"
    )


def test_wrong_bytes_leave_nothing_behind(fetcher: Fetcher):
    with pytest.raises(InputError, match="md5"):
        fetcher("wrong")
    assert list(fetcher.folder.iterdir()) == []


def test_without_a_catalogued_checksum_that_of_hugging_face_is_checked(fetcher, monkeypatch):
    monkeypatch.setattr("faulty_server.Handler.good", lambda self: self.wrong())
    with pytest.raises(InputError, match=f"its sha256 is .*, expected {SHA256}"):
        fetcher("hub", checksum=None)


def test_a_host_that_is_not_there_is_passed_over(fetcher: Fetcher, server: Server):
    # Port 1 of this machine: refused at once.
    sources = ("http://127.0.0.1:1/a.zip", f"{server.base}/good")
    fetch(Artefact("a.zip", sources, checksum=RIGHT), fetcher.target)
    assert fetcher.arrived()


# What a killed process leaves behind


@pytest.mark.parametrize("checksum", [RIGHT, None])
def test_a_download_goes_on_where_it_was(fetcher: Fetcher, checksum):
    fetcher.begun("good", CONTENT[:CUT])
    fetcher("good", checksum=checksum)
    assert fetcher.arrived()
    assert fetcher.ranges == [f"bytes={CUT}-"]


def test_another_source_goes_on_where_a_checksum_judges_the_whole(fetcher: Fetcher):
    fetcher.begun("missing", CONTENT[:CUT])
    fetcher("missing", "good")
    assert fetcher.arrived()
    assert fetcher.ranges == [f"bytes={CUT}-"] * 2


def test_another_source_begins_anew_without_a_checksum(fetcher: Fetcher):
    fetcher.begun("missing", CONTENT[:CUT])
    fetcher("good", checksum=None)
    assert fetcher.arrived()
    assert fetcher.ranges == [None]


def test_a_source_with_another_file_costs_nothing_of_what_is_there(fetcher: Fetcher):
    fetcher.begun("good", CONTENT[:CUT])
    fetcher("other", "quota", "good", size=len(CONTENT))
    assert fetcher.arrived()
    assert fetcher.ranges == [f"bytes={CUT}-"] * 3


def test_the_checksum_of_hugging_face_is_known_to_the_next_process(fetcher: Fetcher):
    fetcher.begun("hub", b"x" * CUT, sha256=SHA256)
    fetcher("hub", checksum=None)
    assert fetcher.arrived()


def test_all_bytes_need_no_request(fetcher: Fetcher, server: Server):
    fetcher.begun("good", CONTENT)
    fetcher("good")
    assert fetcher.arrived()
    assert server.asked == []


@pytest.mark.parametrize(
    "left", [b"x" * CUT, b"x" * len(CONTENT), CONTENT + b"x", b""], ids=["part", "all", "more", "0"]
)
def test_wrong_bytes_of_a_killed_process_are_fetched_anew(fetcher: Fetcher, left: bytes):
    fetcher.begun("good", left)
    fetcher("good")
    assert fetcher.arrived()


@pytest.mark.parametrize("note", [None, "", "{"])
def test_bytes_of_nobody_knows_what_are_fetched_anew(fetcher: Fetcher, note: str | None):
    fetcher.begun("good", CONTENT[:CUT])
    fetcher.note.unlink() if note is None else fetcher.note.write_text(note)
    fetcher("good")
    assert fetcher.arrived()
    assert fetcher.ranges == [None]


def test_more_than_the_file_is_fetched_anew(fetcher: Fetcher):
    fetcher.begun("good", CONTENT, total=None)
    fetcher("good")
    assert fetcher.arrived()


FETCH = """
import sys
from pathlib import Path
from bioscan.acquire.catalogue import Artefact, Checksum
from bioscan.acquire.download import fetch
fetch(Artefact("a.zip", (sys.argv[1],), checksum=Checksum("md5", sys.argv[2])), Path(sys.argv[3]))
"""


def process(fetcher: Fetcher, path: str) -> subprocess.Popen:
    """A process of its own that fetches."""
    library = str(Path(download.__file__).parents[2])
    command = [sys.executable, "-c", FETCH, f"{fetcher.server.base}/{path}", MD5, fetcher.target]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": library})


def wait_for(fetcher: Fetcher, size: int) -> None:
    limit = time.monotonic() + 20
    while not (fetcher.part.exists() and fetcher.part.stat().st_size >= size):
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_killed_process_loses_nothing_that_it_has_written(fetcher: Fetcher):
    killed = process(fetcher, "slow")
    wait_for(fetcher, 1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    there = fetcher.part.stat().st_size
    assert 0 < there < len(CONTENT)
    fetcher("slow")
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={there}-"]


def test_of_two_processes_one_waits_for_the_other(fetcher: Fetcher, server: Server):
    first = process(fetcher, "slow")
    wait_for(fetcher, 1)
    fetcher("slow.2")
    assert first.wait() == 0
    assert fetcher.arrived()
    assert server.asked == [("/slow", None)]


# The disk


def test_room_is_looked_for_first(fetcher: Fetcher, monkeypatch):
    free = os.statvfs_result((4096, 4096, 1, 1, 100, 1, 1, 1, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: free)
    with pytest.raises(InputError) as error:
        fetcher("good", "good.2")
    assert str(error.value) == (
        f"{fetcher.part}: 0.003 GB are to come, and 0.000 GB are free on this disk"
    )
    assert list(fetcher.folder.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, less than the file."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_is_one_line_and_the_next_run_goes_on(server: Server, small_disk: Path):
    fetcher = Fetcher(server, small_disk)
    with pytest.raises(InputError) as error:
        fetcher("unnumbered")  # says not how much is to come
    written = fetcher.part.stat().st_size
    assert str(error.value) == (
        f"{fetcher.part}: No space left on device after {written / 1e9:.3f} GB; once that is "
        "repaired, the next run goes on from there"
    )
    assert not fetcher.target.exists()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    fetcher("good")
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={written}-"]


# By hand


def test_a_file_laid_down_by_hand_is_used(fetcher: Fetcher, server: Server):
    fetcher.lay_down(CONTENT)
    fetcher("good", size=len(CONTENT))
    assert server.asked == []
    assert fetcher.arrived()


def test_what_was_fetched_of_a_file_that_was_then_put_by_hand_is_removed(fetcher: Fetcher):
    fetcher.begun("quota", CONTENT[:CUT])
    fetcher.target.write_bytes(CONTENT)
    fetcher("quota")
    assert fetcher.arrived()


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        ({}, f"its md5 is {hashlib.md5(b'other').hexdigest()}, expected {MD5}"),
        ({"size": len(CONTENT)}, f"has 5 bytes, expected {len(CONTENT)}"),
    ],
)
def test_another_file_laid_down_by_hand_is_refused(fetcher: Fetcher, known: dict, fault: str):
    fetcher.lay_down(b"other")
    with pytest.raises(InputError) as error:
        fetcher("good", **known)
    assert str(error.value) == (
        f"{fetcher.target}: {fault}; remove it, or put the right file in its place"
    )
    assert fetcher.target.read_bytes() == b"other"


def test_a_zip_that_was_cut_off_is_refused_without_a_checksum_too(fetcher: Fetcher):
    with pytest.raises(InputError, match="is not a whole zip"):
        fetcher("chunked", checksum=None)
    fetcher.target.write_bytes(CONTENT[:-9])
    with pytest.raises(InputError, match="is not a whole zip; remove it"):
        fetcher("good", checksum=None)


@pytest.mark.parametrize(
    ("page", "where"),
    [(None, "ask its authors for it"), ("https://x.org", "get it in a browser from https://x.org")],
)
def test_without_a_source_the_message_says_where_to_put_the_file(fetcher, page, where):
    with pytest.raises(InputError) as error:
        fetcher(manual=page)
    assert str(error.value) == (
        f"a.zip has no public source; {where} and put it at {fetcher.target}, where the next run "
        "checks and takes it"
    )


def test_a_run_gets_the_file_without_a_copy(tmp_path: Path):
    source, target = tmp_path / "downloads" / "a.zip", tmp_path / "run" / "source" / "a.zip"
    source.parent.mkdir()
    source.write_bytes(CONTENT)
    place(source, target)
    place(source, target)
    assert target.samefile(source)
    target.unlink()
    assert source.exists()


def test_what_a_run_gets_is_there_after_a_move(tmp_path: Path):
    (tmp_path / "results" / "downloads").mkdir(parents=True)
    (tmp_path / "results" / "downloads" / "a.zip").write_bytes(CONTENT)
    place(tmp_path / "results" / "downloads" / "a.zip", tmp_path / "results" / "run" / "a.zip")
    (tmp_path / "results").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "run" / "a.zip").read_bytes() == CONTENT


def test_a_run_that_lies_elsewhere_gets_the_file(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(CONTENT)
    (tmp_path / "scratch" / "deep").mkdir(parents=True)
    (tmp_path / "run").symlink_to(tmp_path / "scratch" / "deep")
    place(tmp_path / "a.zip", tmp_path / "run" / "source" / "a.zip")
    assert (tmp_path / "run" / "source" / "a.zip").read_bytes() == CONTENT


# Progress


def test_a_line_of_progress_has_rate_and_time_left(fetcher: Fetcher, monkeypatch, caplog):
    monkeypatch.setattr(download, "INTERVAL", 0.1)
    caplog.set_level("INFO")
    fetcher("slow")
    lines = [line for line in caplog.messages if "MB/s" in line]
    assert lines
    assert all("of 0.003 GB" in line and line.endswith("left") for line in lines)
    assert download._progress(1_200_000_000, 20_100_000_000, 85e6) == (
        "1.2 of 20.1 GB, 85.0 MB/s, 0:03:42 left"
    )
