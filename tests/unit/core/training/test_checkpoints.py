"""Training ends the same whether it was killed or not."""

import logging
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from bioscan.core.errors import InputError
from bioscan.core.training import checkpoints
from bioscan.core.training.checkpoints import checkpoint_dir, fingerprint
from tests.unit.core.training.small import STEPS, fit, fitted, in_a_process, killed, same

#: In the first epoch, where no checkpoint is yet; at an epoch's end and begin; in its middle; …
DEATHS = ["step 1", "step 2", "step 3", "step 7", "validation 0", "validation 2", "end"]


@pytest.mark.parametrize(("every", "workers"), [("epoch", 0), ("epoch", 1), ("step", 1)])
@pytest.mark.parametrize("where", DEATHS)
def test_a_killed_run_ends_like_an_uninterrupted_one(
    tmp_path: Path,
    uninterrupted: dict,
    where: str,
    every: str,
    workers: int,
    monkeypatch: pytest.MonkeyPatch,
):
    """Checkpoints are saved at the ends of epochs only, or after each step."""
    if every == "step":
        monkeypatch.setattr("bioscan.core.training.callbacks.SAVE_EVERY", 0)
    monitor = "score" if DEATHS.index(where) % 2 else None
    folder = tmp_path / "checkpoints"
    killed(tmp_path, lambda: fit(folder, kill=where, monitor=monitor, workers=workers))
    weights, history = fitted(tmp_path, monitor=monitor, workers=workers)
    assert same(weights, uninterrupted[monitor][0])
    assert history == uninterrupted[monitor][1]
    assert not folder.exists()


def test_a_run_killed_twice_ends_like_an_uninterrupted_one(tmp_path: Path, uninterrupted: dict):
    for where in ("step 4", "validation 2"):
        killed(tmp_path, lambda where=where: fit(tmp_path / "checkpoints", kill=where))
    weights, history = fitted(tmp_path)
    assert same(weights, uninterrupted[None][0])
    assert history == uninterrupted[None][1]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_kill_within_a_checkpoint_leaves_the_one_before(
    tmp_path: Path, uninterrupted: dict, number: int
):
    """Checkpoint number 1 is the first epoch's best, 2 its last, and so on."""

    def half_written() -> None:
        save, count = torch.save, iter(range(1, 100))

        def dying(checkpoint: Any, target: Any) -> None:
            save(checkpoint, target)
            if next(count) == number:
                os.truncate(target, target.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)

        torch.save = dying  # in a forked process only
        fit(tmp_path / "checkpoints", monitor="score")

    killed(tmp_path, half_written)
    weights, history = fitted(tmp_path, monitor="score")
    assert same(weights, uninterrupted["score"][0])
    assert history == uninterrupted["score"][1]


def test_a_resumed_run_does_not_start_over(tmp_path: Path):
    """The first epoch's steps are not taken twice."""
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill=f"step {STEPS + 1}"))
    # Were step 0 taken again, this would die.
    code, _ = in_a_process(
        lambda: fit(tmp_path / "checkpoints", kill="step 0"), tmp_path / "result"
    )
    assert code == 0


def train_elsewhere(folder: Path, seconds: float, succeeds: bool = False) -> None:
    """Begin a training in another process, which ends after some seconds."""

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
def test_a_training_waits_for_another_of_the_same_to_end(tmp_path: Path, caplog, succeeds: bool):
    caplog.set_level(logging.INFO)
    train_elsewhere(tmp_path, 2, succeeds)
    with checkpoint_dir(tmp_path) as folder:
        assert (tmp_path / "ended").exists()
        assert folder.is_dir()
    assert "another process is training this; waiting for it to end" in caplog.text
    assert not folder.exists()


def test_a_training_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    train_elsewhere(tmp_path, seconds=60)
    monkeypatch.setattr(checkpoints, "LOCK_TIMEOUT", 1)
    with pytest.raises(InputError, match="is held by another process that trains the same"):
        checkpoint_dir(tmp_path).__enter__()
    assert (tmp_path / "checkpoints").is_dir()


def test_a_checkpoint_that_depends_on_something_else_is_not_resumed(
    tmp_path: Path, uninterrupted: dict
):
    killed(
        tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 7", depends_on={"code": "other"})
    )
    # Step 0 is taken, so training started over.
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 0"))
    assert same(fitted(tmp_path)[0], uninterrupted[None][0])


def test_a_fingerprint_follows_the_values_not_their_order():
    first = {"seed": 1, "classes": ["a", "b"], "weights": Path("a")}
    assert fingerprint(first) == fingerprint(dict(reversed(first.items())))
    assert fingerprint(first) != fingerprint(first | {"classes": ["b", "a"]})
    assert fingerprint(first) != fingerprint(first | {"seed": 2})
