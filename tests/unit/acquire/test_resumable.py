"""A download resumes from the bytes that have arrived, if they belong to the file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bioscan.acquire import download
from bioscan.core.errors import InputError
from tests.unit.acquire.faulty_server import CONTENT, CUT, MD5, SHA256, Server
from tests.unit.acquire.fetcher import RIGHT, Fetcher

FETCH = """
import sys
from pathlib import Path
from bioscan.acquire.catalogue import Download, Checksum
from bioscan.acquire.download import fetch
fetch(Download("a.zip", (sys.argv[1],), checksum=Checksum("md5", sys.argv[2])), Path(sys.argv[3]))
"""


@pytest.mark.parametrize("checksum", [RIGHT, None])
def test_a_download_resumes_where_it_was(fetcher: Fetcher, checksum):
    fetcher.begun("good", CONTENT[:CUT])
    fetcher("good", checksum=checksum)
    assert fetcher.arrived()
    assert fetcher.ranges == [f"bytes={CUT}-"]


def test_another_source_resumes_where_a_checksum_verifies_the_whole(fetcher: Fetcher):
    fetcher.begun("missing", CONTENT[:CUT])
    fetcher("missing", "good")
    assert fetcher.arrived()
    assert fetcher.ranges == [f"bytes={CUT}-"] * 2


def test_another_source_restarts_without_a_checksum(fetcher: Fetcher):
    fetcher.begun("missing", CONTENT[:CUT])
    fetcher("good", checksum=None)
    assert fetcher.arrived()
    assert fetcher.ranges == [None]


def test_a_source_with_another_file_costs_no_bytes_that_have_arrived(fetcher: Fetcher):
    fetcher.begun("good", CONTENT[:CUT])
    fetcher("other", "quota", "good", size=len(CONTENT))
    assert fetcher.arrived()
    assert fetcher.ranges == [f"bytes={CUT}-"] * 3


def test_the_checksum_of_hugging_face_is_known_to_the_next_process(fetcher: Fetcher):
    fetcher.begun("hub", b"x" * CUT, sha256=SHA256)
    fetcher("hub", checksum=None)
    assert fetcher.arrived()


def test_a_complete_part_needs_no_request(fetcher: Fetcher, server: Server):
    fetcher.begun("good", CONTENT)
    fetcher("good")
    assert fetcher.arrived()
    assert server.asked == []


@pytest.mark.parametrize(
    "left", [b"x" * CUT, b"x" * len(CONTENT), CONTENT + b"x", b""], ids=["part", "all", "more", "0"]
)
def test_wrong_bytes_of_a_killed_process_are_fetched_again(fetcher: Fetcher, left: bytes):
    fetcher.begun("good", left)
    fetcher("good")
    assert fetcher.arrived()


@pytest.mark.parametrize("note", [None, "", "{"])
def test_bytes_without_a_description_are_fetched_again(fetcher: Fetcher, note: str | None):
    fetcher.begun("good", CONTENT[:CUT])
    fetcher.note.unlink() if note is None else fetcher.note.write_text(note)
    fetcher("good")
    assert fetcher.arrived()
    assert fetcher.ranges == [None]


def test_a_complete_part_of_unknown_length_is_fetched_again(fetcher: Fetcher):
    fetcher.begun("good", CONTENT, total=None)
    fetcher("good")
    assert fetcher.arrived()


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


def test_a_killed_process_loses_no_bytes_that_it_has_written(fetcher: Fetcher):
    killed = process(fetcher, "slow")
    wait_for(fetcher, 1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    there = fetcher.part.stat().st_size
    assert 0 < there < len(CONTENT)
    fetcher("slow")
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={there}-"]


def test_one_of_two_processes_waits_for_the_other(fetcher: Fetcher, server: Server):
    first = process(fetcher, "slow")
    wait_for(fetcher, 1)
    fetcher("slow.2")
    assert first.wait() == 0
    assert fetcher.arrived()
    assert server.asked == [("/slow", None)]


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


def test_a_full_disk_is_one_line_and_the_next_run_resumes(server: Server, small_disk: Path):
    fetcher = Fetcher(server, small_disk)
    with pytest.raises(InputError) as error:
        fetcher("unnumbered")  # states no length
    written = fetcher.part.stat().st_size
    assert str(error.value) == (
        f"{fetcher.part}: No space left on device after {written / 1e9:.3f} GB; once that is "
        "repaired, the next run resumes from there"
    )
    assert not fetcher.target.exists()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    fetcher("good")
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={written}-"]
