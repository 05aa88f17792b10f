"""A source that is wrong, short or gone is reported in one line, and the next one is tried."""

import os

import pytest

from bioscan.acquire.catalogue import Download
from bioscan.acquire.download import fetch
from bioscan.core.errors import InputError
from tests.unit.acquire.faulty_server import CONTENT, SHA256, Handler, Server
from tests.unit.acquire.fetcher import RIGHT, Fetcher

#: Paths of the server, and the message for each.
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
def test_the_fault_of_a_source_is_one_line(fetcher: Fetcher, bad: str):
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
    monkeypatch.setattr(Handler, "good", lambda self: self.wrong())
    with pytest.raises(InputError, match=f"its sha256 is .*, expected {SHA256}"):
        fetcher("hub", checksum=None)


def test_an_absent_host_is_skipped(fetcher: Fetcher, server: Server):
    # Port 1 of this machine: refused at once.
    sources = ("http://127.0.0.1:1/a.zip", f"{server.base}/good")
    fetch(Download("a.zip", sources, checksum=RIGHT), fetcher.target)
    assert fetcher.arrived()


def test_free_space_is_checked_first(fetcher: Fetcher, monkeypatch):
    free = os.statvfs_result((4096, 4096, 1, 1, 100, 1, 1, 1, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: free)
    with pytest.raises(InputError) as error:
        fetcher("good", "good.2")
    assert str(error.value) == (
        f"{fetcher.part}: 0.003 GB are to come, and 0.000 GB are free on this disk"
    )
    assert list(fetcher.folder.iterdir()) == []
