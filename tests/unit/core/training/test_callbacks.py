"""Random numbers, the log, and checkpoints within an epoch."""

import itertools
import logging
import re
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from bioscan.core.training.callbacks import ReseedEachStep
from bioscan.core.training.loop import TrainingSettings, train
from tests.unit.core.training.small import (
    EPOCHS,
    SETTINGS,
    STEPS,
    Points,
    Tiny,
    assert_close,
    fit,
    fit_plain,
    fitted,
    in_a_process,
    killed,
    same,
)


class Clock:
    """A clock that only samples and steps advance, whatever else the processors do."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def perf_counter(self) -> float:
        return self.seconds

    monotonic = perf_counter


class Timed(Points):
    """Points each of which takes a time."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds

    def __getitem__(self, key: tuple[int, int] | int) -> tuple[torch.Tensor, torch.Tensor]:
        self.clock.seconds += self.seconds
        return super().__getitem__(key)


class TimedSteps(Tiny):
    """A network each of whose steps takes a second."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], number: int) -> torch.Tensor:
        self.clock.seconds += 1
        return super().training_step(batch, number)


@pytest.mark.parametrize(("seconds", "share"), [(0, 0), (0.25, 45.5), (1, 76.9)])
def test_the_log_says_how_long_training_waits_for_data(tmp_path, monkeypatch, seconds, share):
    """10 samples in 3 steps of an epoch."""
    clock = Clock()
    monkeypatch.setattr("bioscan.core.training.callbacks.time", clock)

    def work() -> None:
        logging.basicConfig(filename=tmp_path / "log", level=logging.INFO, force=True)
        points = Timed(clock, seconds)
        settings = TrainingSettings(**SETTINGS)
        train(TimedSteps(clock), points, None, settings, checkpoints=tmp_path / "c", workers=0)

    assert in_a_process(work, tmp_path / "result")[0] == 0
    shares = re.findall(
        r"samples/s, ([\d.]+) % of the time waiting", (tmp_path / "log").read_text()
    )
    assert [float(found) for found in shares] == [share] * EPOCHS


@pytest.mark.parametrize("step", [0, 1])
def test_a_run_resumes_within_an_epoch(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bioscan.core.training.callbacks.SAVE_EVERY", 0)
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 2"))
    # Were the step taken again, this would die.
    code, _ = in_a_process(
        lambda: fit(tmp_path / "checkpoints", kill=f"step {step}"), tmp_path / "result"
    )
    assert code == 0


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("where", ["step 1", "step 4"])
def test_a_run_that_receives_sigterm_saves_and_resumes(
    tmp_path: Path, uninterrupted: dict, where: str, workers: int
):
    """SIGTERM, as a cluster sends to every process before it kills; the exit code says so."""
    folder = tmp_path / "checkpoints"
    code, _ = in_a_process(
        lambda: fit(folder, terminate=where, workers=workers), tmp_path / "result"
    )
    assert code == 128 + signal.SIGTERM
    (last,) = folder.glob("*/last.ckpt")
    assert torch.load(last, weights_only=True)["global_step"] == int(where.split()[1]) + 1
    weights, history = fitted(tmp_path)
    assert same(weights, uninterrupted[None][0])
    assert history == uninterrupted[None][1]


@pytest.mark.parametrize("where", ["step 1", "step 4"])
def test_a_run_that_receives_sigterm_within_a_step_finishes_the_step(tmp_path: Path, where: str):
    """Gradients that are partly accumulated could not be saved."""
    settings = {"device_batch_size": 1}
    _, alone = fit_plain(tmp_path, settings=settings)
    code, _ = fit_plain(tmp_path, terminate=where, settings=settings)
    assert code == 128 + signal.SIGTERM
    _, resumed = fit_plain(tmp_path, settings=settings)
    assert same(resumed[0], alone[0]) and resumed[1] == alone[1]


def test_randomness_follows_from_seed_epoch_step_and_device():
    """No two steps drop out the same units, for example."""
    drawn = set()
    for seed, epoch, step, rank in itertools.product(range(2), repeat=4):
        trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank)
        for _ in range(2):  # and each time again
            ReseedEachStep(seed).on_train_batch_start(trainer, None, None, step)
            drawn.add(float(torch.rand(())))
    assert len(drawn) == 2**4


def test_two_devices_that_receive_sigterm_save_and_resume(tmp_path: Path):
    long = {"epochs": 40}
    _, alone = fit_plain(tmp_path, settings=long)
    code, _ = fit_plain(tmp_path, terminate="step 1", settings=long, devices=2)
    assert code == 128 + signal.SIGTERM
    (last,) = (tmp_path / "checkpoints").glob("*/last.ckpt")
    assert 2 <= torch.load(last, weights_only=True)["global_step"] < 40 * STEPS
    _, resumed = fit_plain(tmp_path, settings=long, devices=2)
    assert_close(resumed, alone, within=1e-3)  # rounding grows over 120 steps
