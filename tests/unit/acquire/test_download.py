"""Fetching over real HTTP: from good sources, from sources that recover, and manually."""

import hashlib
import time
from pathlib import Path

import pytest

from bioscan.acquire import download, sources
from bioscan.acquire.catalogue import Checksum
from bioscan.acquire.download import place, progress
from bioscan.core.errors import InputError
from tests.unit.acquire.faulty_server import CONTENT, CUT, MD5, SHA256, Server
from tests.unit.acquire.fetcher import RIGHT, Fetcher

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


def test_after_a_stall_the_rest_is_fetched(fetcher: Fetcher, monkeypatch):
    monkeypatch.setattr(sources, "TIMEOUT", 1)
    fetcher("stalling")
    assert fetcher.arrived()
    assert fetcher.ranges[1].startswith("bytes=")


def test_a_server_without_ranges_sends_all_again(fetcher: Fetcher):
    fetcher("rangeless")
    assert fetcher.arrived()
    assert fetcher.ranges == [None, f"bytes={CUT}-"]


def test_a_busy_host_is_given_the_time_it_requests(fetcher: Fetcher, monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    fetcher("busy")
    assert fetcher.arrived()
    assert [pause for pause in pauses if pause > 0] == [1]


def test_a_host_that_is_down_is_tried_again(fetcher: Fetcher, server: Server):
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


# Files fetched manually


def test_a_file_fetched_manually_is_used(fetcher: Fetcher, server: Server):
    fetcher.put(CONTENT)
    fetcher("good", size=len(CONTENT))
    assert server.asked == []
    assert fetcher.arrived()


def test_the_part_of_a_file_fetched_manually_is_removed(fetcher: Fetcher):
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
def test_another_file_fetched_manually_is_refused(fetcher: Fetcher, known: dict, fault: str):
    fetcher.put(b"other")
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
def test_without_a_source_the_message_names_the_path_of_the_file(fetcher, page, where):
    with pytest.raises(InputError) as error:
        fetcher(manual=page)
    assert str(error.value) == (
        f"a.zip has no public source; {where} and put it at {fetcher.target}, where the next run "
        "checks and takes it"
    )


# Links into a run


def test_a_run_gets_the_file_without_a_copy(tmp_path: Path):
    source, target = tmp_path / "downloads" / "a.zip", tmp_path / "run" / "source" / "a.zip"
    source.parent.mkdir()
    source.write_bytes(CONTENT)
    place(source, target)
    place(source, target)
    assert target.samefile(source)
    target.unlink()
    assert source.exists()


def test_the_link_of_a_run_survives_a_move(tmp_path: Path):
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
    assert progress(1_200_000_000, 20_100_000_000, 85e6) == (
        "1.2 of 20.1 GB, 85.0 MB/s, 0:03:42 left"
    )
