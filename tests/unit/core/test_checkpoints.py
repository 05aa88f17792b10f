"""A job has the folder of its checkpoints alone."""

import logging
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from bioscan.core import checkpoints
from bioscan.core.checkpoints import checkpoint_dir, fingerprint
from bioscan.core.errors import InputError


def work_elsewhere(folder: Path, seconds: float, succeeds: bool = False) -> None:
    """Begin a job in another process, which ends after some seconds."""

    def hold() -> None:
        with checkpoint_dir(folder):
            (folder / "begun").touch()
            time.sleep(seconds)
            (folder / "ended").touch()
            if not succeeds:
                os._exit(1)

    multiprocessing.get_context("fork").Process(target=hold, daemon=True).start()
    while not (folder / "begun").exists():
        time.sleep(0.01)


@pytest.mark.parametrize("succeeds", [False, True])
def test_a_job_waits_for_another_of_the_same_to_end(tmp_path: Path, caplog, succeeds: bool):
    caplog.set_level(logging.INFO)
    work_elsewhere(tmp_path, 2, succeeds)
    with checkpoint_dir(tmp_path) as folder:
        assert (tmp_path / "ended").exists()
        assert folder.is_dir()
    assert "another process makes the same; waiting for it to end" in caplog.text
    assert not folder.exists()


def test_a_job_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    work_elsewhere(tmp_path, seconds=60)
    monkeypatch.setattr(checkpoints, "LOCK_TIMEOUT", 1)
    with pytest.raises(InputError, match="is held by another process that makes the same"):
        checkpoint_dir(tmp_path).__enter__()
    assert (tmp_path / "checkpoints").is_dir()


def test_a_fingerprint_follows_the_values_not_their_order():
    first = {"seed": 1, "classes": ["a", "b"], "weights": Path("a")}
    assert fingerprint(first) == fingerprint(dict(reversed(first.items())))
    assert fingerprint(first) != fingerprint(first | {"classes": ["b", "a"]})
    assert fingerprint(first) != fingerprint(first | {"seed": 2})
