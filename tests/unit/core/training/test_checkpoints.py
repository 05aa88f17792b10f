"""Training ends the same whether it was killed or not."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

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


def test_a_checkpoint_that_depends_on_something_else_is_not_resumed(
    tmp_path: Path, uninterrupted: dict
):
    killed(
        tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 7", depends_on={"code": "other"})
    )
    # Step 0 is taken, so training started over.
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 0"))
    assert same(fitted(tmp_path)[0], uninterrupted[None][0])
