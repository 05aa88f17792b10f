"""Training ends the same whether it was killed on the way or not."""

import itertools
import json
import logging
import multiprocessing
import os
import re
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset

from bioscan.core import training
from bioscan.core.errors import InputError
from bioscan.core.training import (
    ReseedEachStep,
    SeededBatches,
    checkpoint_dir,
    fingerprint,
    share_hardware,
    train,
)

EPOCHS, SAMPLES, BATCH = 3, 10, 4
STEPS = 3  # an epoch, ⌈10 / 4⌉
SETTINGS = {"epochs": EPOCHS, "batch_size": BATCH, "seed": 5, "learning_rate": 0.05}

State = dict[str, torch.Tensor]


class Points(Dataset):
    """Noisy points; in training the noise follows from the draw, as augmentation does."""

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, key: tuple[int, int] | int) -> tuple[torch.Tensor, torch.Tensor]:
        index, draw = key if isinstance(key, tuple) else (key, 0)
        noise = torch.randn(4, generator=torch.Generator().manual_seed(draw % 2**32))
        return torch.full((4,), float(index)) + noise, torch.tensor([index / SAMPLES])


class Tiny(lightning.LightningModule):
    """A network with dropout and momentum, and a score whose best epoch is not the last.

    It kills its own process at a step, in a validation, or when training has ended.
    """

    def __init__(self, kill: str | None = None, tell: str | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = [torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5)]
        self.layers = torch.nn.Sequential(*layers, torch.nn.Linear(8, 1))
        self.kill, self.tell = kill, tell

    def perhaps_die(self, where: str) -> None:
        if self.kill == where:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.tell == where:  # the process that a cluster knows of, and those that load for it
            loaders = [str(loader.pid) for loader in multiprocessing.active_children()]
            if loaders:
                subprocess.run(["kill", *loaders], check=True)
            child = multiprocessing.current_process().name.startswith("SpawnProcess")
            os.kill(os.getppid() if child else os.getpid(), signal.SIGTERM)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        self.perhaps_die(f"step {self.global_step}")
        points, target = batch
        return ((self.layers(points) - target) ** 2).mean() + torch.rand(()) * 0

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> None:
        self.perhaps_die(f"validation {self.current_epoch}")
        points, target = batch
        self.log("val_loss", ((self.layers(points) - target) ** 2).mean(), sync_dist=True)
        self.log("score", float([1, 3, 2, 3][self.current_epoch % 4]), sync_dist=True)

    def on_train_end(self) -> None:
        self.perhaps_die("end")

    def configure_optimizers(self) -> dict[str, Any]:
        optimizer = torch.optim.SGD(self.parameters(), lr=SETTINGS["learning_rate"], momentum=0.9)
        return {
            "optimizer": optimizer,
            "lr_scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS),
        }


def fit(
    checkpoints: Path,
    *,
    kill: str | None = None,
    tell: str | None = None,
    workers: int = 0,
    **options: Any,
) -> Any:
    """Train; the final weights and the history."""
    changed = {key: options.pop(key) for key in SETTINGS if key in options}
    return learn(Tiny(kill, tell), checkpoints.parent, changed, workers=workers, **options)


def learn(
    module: lightning.LightningModule, folder: Path, changed: dict[str, Any], **options: Any
) -> tuple[State, list[dict[str, float]]]:
    """Train a module on the points, under SETTINGS with some changed, as a script does."""
    with checkpoint_dir(folder) as checkpoints:
        history = train(
            module,
            Points(),
            Points(),
            settings=SETTINGS | changed,
            checkpoints=checkpoints,
            **options,
        )
    return module.state_dict(), history


def in_a_process(work: Callable[[], Any], result: Path) -> tuple[int, Any]:
    """Run in a forked process; its exit code, and what it returned."""

    def run() -> None:
        try:
            torch.save(work(), result)
        except SystemExit as error:
            os._exit(error.code)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    result.unlink(missing_ok=True)
    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(300)  # beside other jobs, starting takes long
    value = torch.load(result, weights_only=True) if result.exists() else None
    return process.exitcode, value


def fitted(folder: Path, **options: Any) -> tuple[State, list[dict[str, float]]]:
    """Train to the end in a process of its own, so that this one stays free to fork."""
    code, found = in_a_process(lambda: fit(folder / "checkpoints", **options), folder / "result")
    assert code == 0
    return found


def killed(folder: Path, work: Callable[[], Any]) -> None:
    code, _ = in_a_process(work, folder / "result")
    assert code == -signal.SIGKILL


def same(first: State, second: State) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Any]:
    """Weights and history of uninterrupted runs, without and with a monitored score."""
    folder = tmp_path_factory.mktemp("left_alone")
    return {monitor: fitted(folder, monitor=monitor) for monitor in (None, "score")}


# ---- the batches


def parts_of(batches: SeededBatches, rank: int = 0) -> list[list[tuple[int, int]]]:
    batches.rank = rank
    return list(batches)


#: Lengths, batches, and how they are shared.
SHARED = {
    "length": st.integers(1, 40),
    "batch_size": st.integers(1, 12),
    "ranks": st.integers(1, 4),
    "parts": st.integers(1, 4),
}


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), epoch=st.integers(0, 100), length=st.integers(0, 50))
def test_each_sample_comes_once_an_epoch(length: int, seed: int, epoch: int):
    batches = SeededBatches(length, seed, batch_size=4)
    batches.epoch = epoch
    first = list(batches)
    assert sorted(index for batch in first for index, _ in batch) == list(range(length))
    assert [len(batch) for batch in first[:-1]] == [4] * (len(batches) - 1)
    assert list(batches) == first and len(first) == len(batches)


@given(**SHARED)
def test_devices_and_parts_share_the_samples_of_each_step(length, batch_size, ranks, parts):
    shared = SeededBatches(length, 0, batch_size, ranks, parts)
    alone = list(SeededBatches(length, 0, batch_size))
    of_ranks = [parts_of(shared, rank) for rank in range(ranks)]
    for step, batch in enumerate(alone):
        numbers = range(step * parts, (step + 1) * parts)
        found = []
        for rank in range(ranks):
            shared.rank = rank
            found += [x for n in numbers if shared.weight(n) for x in of_ranks[rank][n]]
        assert sorted(found) == sorted(batch)
    assert {len(found) for found in of_ranks} == {len(alone) * parts}


@given(**SHARED)
def test_weighted_means_of_the_parts_are_the_mean_of_the_step(length, batch_size, ranks, parts):
    shared = SeededBatches(length, 0, batch_size, ranks, parts)
    for step, batch in enumerate(SeededBatches(length, 0, batch_size)):
        total = 0.0
        for rank in range(ranks):
            for number, part in list(enumerate(parts_of(shared, rank)))[step * parts :][:parts]:
                mean = sum(index for index, _ in part) / len(part)
                # Lightning takes the mean over the parts, and over the devices.
                total += shared.weight(number) * mean / parts / ranks
        assert total == pytest.approx(sum(index for index, _ in batch) / len(batch))


def epochs_of(seed: int) -> list[list[tuple[int, int]]]:
    batches = SeededBatches(50, seed, batch_size=8)
    orders = []
    for epoch in range(3):
        batches.epoch = epoch
        orders.append([pair for batch in batches for pair in batch])
    return orders


def test_orders_and_draws_differ_by_epoch_and_by_seed():
    for number in (0, 1):  # index, draw
        orders = [tuple(pair[number] for pair in e) for s in (1, 2) for e in epochs_of(s)]
        assert len(set(orders)) == 6


def test_orders_repeat_by_seed():
    assert epochs_of(7) == epochs_of(7)


def test_a_sample_has_another_draw_in_each_epoch():
    draws = [dict(order) for order in epochs_of(1)]
    assert all(draws[0][index] != draws[1][index] for index in range(50))


def test_samples_get_their_draws_through_a_loader():
    class Keys(Points):
        def __getitem__(self, key: tuple[int, int]) -> tuple[int, int]:
            return key

    batches = SeededBatches(SAMPLES, 3, BATCH)
    found = [
        [(int(i), int(d)) for i, d in zip(indices, draws, strict=True)]
        for indices, draws in DataLoader(Keys(), batch_sampler=batches)
    ]
    assert found == list(batches)


# ---- the loop


def test_the_history_has_a_row_an_epoch(left_alone: dict):
    _, history = left_alone[None]
    assert [row["epoch"] for row in history] == [0, 1, 2]
    assert [row["score"] for row in history] == [1, 3, 2]
    assert set(history[0]) == {"epoch", "train_loss", "val_loss", "score"}
    json.dumps(history, allow_nan=False)


def test_training_repeats_itself(tmp_path: Path, left_alone: dict):
    weights, history = fitted(tmp_path, monitor=None)
    assert same(weights, left_alone[None][0])
    assert history == left_alone[None][1]


def test_another_seed_gives_other_weights(tmp_path: Path, left_alone: dict):
    assert not same(fitted(tmp_path, seed=6)[0], left_alone[None][0])


def test_a_worker_changes_nothing(tmp_path: Path, left_alone: dict):
    weights, history = fitted(tmp_path, workers=1)
    assert same(weights, left_alone[None][0])
    assert history == left_alone[None][1]


def test_the_best_epoch_gives_the_weights_when_a_score_is_monitored(
    tmp_path: Path, left_alone: dict
):
    # The score is best in the second of three epochs; what follows must not matter.
    assert not same(left_alone["score"][0], left_alone[None][0])
    assert left_alone["score"][1] == left_alone[None][1]


def test_of_equal_scores_the_first_counts(tmp_path: Path, left_alone: dict):
    # Scores 1, 3, 2, 3: a fourth epoch as good as the second does not replace it. The cosine
    # goes by EPOCHS, so the first three epochs are those of the other runs.
    assert same(fitted(tmp_path, epochs=4, monitor="score")[0], left_alone["score"][0])


class Slow(Points):
    """A step of it waits for 4 × 10 ms, in a network that takes about one."""

    def __getitem__(self, key: tuple[int, int] | int) -> tuple[torch.Tensor, torch.Tensor]:
        time.sleep(0.01)
        return super().__getitem__(key)


@pytest.mark.parametrize(("points", "least", "most"), [(Points(), 0, 60), (Slow(), 80, 100)])
def test_the_log_says_how_long_training_waits_for_data(tmp_path, points, least, most):
    def work() -> None:
        logging.basicConfig(filename=tmp_path / "log", level=logging.INFO, force=True)
        train(Tiny(), points, None, settings=SETTINGS, checkpoints=tmp_path / "c", workers=0)

    assert in_a_process(work, tmp_path / "result")[0] == 0
    shares = re.findall(
        r"samples/s, ([\d.]+) % of the time waiting", (tmp_path / "log").read_text()
    )
    assert len(shares) == EPOCHS
    assert all(least <= float(share) <= most for share in shares[1:])


# ---- killed and resumed

#: In the first epoch, where no checkpoint is yet; at an epoch's end and begin; in its middle; …
DEATHS = ["step 1", "step 2", "step 3", "step 7", "validation 0", "validation 2", "end"]


@pytest.mark.parametrize(("every", "workers"), [("epoch", 0), ("epoch", 1), ("step", 1)])
@pytest.mark.parametrize("where", DEATHS)
def test_a_killed_run_ends_like_one_left_alone(
    tmp_path: Path,
    left_alone: dict,
    where: str,
    every: str,
    workers: int,
    monkeypatch: pytest.MonkeyPatch,
):
    """Whether it is saved at the ends of epochs only, or after each step."""
    if every == "step":
        monkeypatch.setattr("bioscan.core.training.SAVE_EVERY", 0)
    monitor = "score" if DEATHS.index(where) % 2 else None
    folder = tmp_path / "checkpoints"
    killed(tmp_path, lambda: fit(folder, kill=where, monitor=monitor, workers=workers))
    weights, history = fitted(tmp_path, monitor=monitor, workers=workers)
    assert same(weights, left_alone[monitor][0])
    assert history == left_alone[monitor][1]
    assert not folder.exists()


def test_a_run_killed_twice_ends_like_one_left_alone(tmp_path: Path, left_alone: dict):
    for where in ("step 4", "validation 2"):
        killed(tmp_path, lambda where=where: fit(tmp_path / "checkpoints", kill=where))
    weights, history = fitted(tmp_path)
    assert same(weights, left_alone[None][0])
    assert history == left_alone[None][1]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_kill_within_a_checkpoint_leaves_the_one_before(
    tmp_path: Path, left_alone: dict, number: int
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
    assert same(weights, left_alone["score"][0])
    assert history == left_alone["score"][1]


def test_a_resumed_run_goes_on_where_it_was(tmp_path: Path):
    """Not by training all over again: the first epoch's steps are not taken twice."""
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill=f"step {STEPS + 1}"))
    # Were step 0 taken again, this would die.
    code, _ = in_a_process(
        lambda: fit(tmp_path / "checkpoints", kill="step 0"), tmp_path / "result"
    )
    assert code == 0


@pytest.mark.parametrize("step", [0, 1])
def test_a_run_goes_on_within_an_epoch(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bioscan.core.training.SAVE_EVERY", 0)
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 2"))
    # Were the step taken again, this would die.
    code, _ = in_a_process(
        lambda: fit(tmp_path / "checkpoints", kill=f"step {step}"), tmp_path / "result"
    )
    assert code == 0


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("where", ["step 1", "step 4"])
def test_a_run_told_to_stop_saves_and_goes_on(
    tmp_path: Path, left_alone: dict, where: str, workers: int
):
    """SIGTERM, as a cluster sends to every process before it kills; the exit code says so."""
    folder = tmp_path / "checkpoints"
    code, _ = in_a_process(lambda: fit(folder, tell=where, workers=workers), tmp_path / "result")
    assert code == 128 + signal.SIGTERM
    (last,) = folder.glob("*/last.ckpt")
    assert torch.load(last, weights_only=True)["global_step"] == int(where.split()[1]) + 1
    weights, history = fitted(tmp_path)
    assert same(weights, left_alone[None][0])
    assert history == left_alone[None][1]


def training_elsewhere(folder: Path, seconds: float, succeeds: bool = False) -> None:
    """Begin a training in another process, which ends after some seconds."""

    def hold() -> None:
        with checkpoint_dir(folder):
            (folder / "begun").touch()
            time.sleep(seconds)
            if not succeeds:
                os._exit(1)

    multiprocessing.get_context("fork").Process(target=hold, daemon=True).start()
    while not (folder / "begun").exists():
        time.sleep(0.01)


@pytest.mark.parametrize("succeeds", [False, True])
def test_a_training_waits_for_another_of_the_same_to_end(tmp_path: Path, caplog, succeeds: bool):
    caplog.set_level(logging.INFO)
    training_elsewhere(tmp_path, 1, succeeds)
    began = time.monotonic()
    with checkpoint_dir(tmp_path) as folder:
        assert time.monotonic() - began > 0.5
        assert folder.is_dir()
    assert "another process is training this; waiting for it to end" in caplog.text
    assert not folder.exists()


def test_a_training_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    training_elsewhere(tmp_path, seconds=60)
    monkeypatch.setattr(training, "PATIENCE", 1)
    with pytest.raises(InputError, match="is held by another process that trains the same"):
        checkpoint_dir(tmp_path).__enter__()
    assert (tmp_path / "checkpoints").is_dir()


def test_other_settings_do_not_resume(tmp_path: Path, left_alone: dict):
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 7", learning_rate=0.5))
    # Step 0 is taken, so it began from the start.
    killed(tmp_path, lambda: fit(tmp_path / "checkpoints", kill="step 0"))
    assert same(fitted(tmp_path)[0], left_alone[None][0])


# ---- several devices, and batches that do not fit into one


class Plain(Tiny):
    """Without dropout, which draws for each device, and normalisation, which sees one device."""

    def __init__(self) -> None:
        super().__init__()
        layers = [torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)]
        self.layers = torch.nn.Sequential(*layers)


def fit_plain(folder: Path, tell: str | None = None, **options: Any) -> tuple[int, Any]:
    """Train it in a process of its own; its exit code, weights and history."""
    changed = options.pop("settings", {})

    def work() -> tuple[State, list[dict[str, float]]]:
        module = Plain()
        module.tell = tell
        return learn(module, folder, changed, workers=0, **options)

    return in_a_process(work, folder / "result")


def assert_close(found: Any, expected: Any, within: float = 1e-5) -> None:
    """Weights and histories that differ by rounding only."""
    for name, value in expected[0].items():
        torch.testing.assert_close(found[0][name], value, rtol=within, atol=within / 10)
    for row, wanted in zip(found[1], expected[1], strict=True):
        assert row == pytest.approx(wanted, rel=within)


@pytest.mark.parametrize("batch_size", [10, 3])
@pytest.mark.parametrize(
    ("devices", "device_batch_size"),
    [(2, None), (1, 2), (2, 1)],
    ids=["two devices", "accumulated", "both"],
)
def test_the_batch_is_that_of_the_settings_whatever_the_devices(
    tmp_path: Path, batch_size: int, devices: int, device_batch_size: int | None
):
    """Two processes of gloo, each with a half of the batch, give the loss curve of one with all.

    With batches of 3 the halves differ, and the last batch of an epoch is a single sample.
    """
    _, alone = fit_plain(tmp_path, settings={"batch_size": batch_size})
    settings = {"batch_size": batch_size, "device_batch_size": device_batch_size}
    code, shared = fit_plain(tmp_path, settings=settings, devices=devices)
    assert code == 0
    assert_close(shared, alone)


@pytest.mark.parametrize("where", ["step 1", "step 4"])
def test_a_run_told_to_stop_within_a_step_finishes_the_step(tmp_path: Path, where: str):
    """Gradients that are half added up could not be saved."""
    settings = {"device_batch_size": 1}
    _, alone = fit_plain(tmp_path, settings=settings)
    code, _ = fit_plain(tmp_path, tell=where, settings=settings)
    assert code == 128 + signal.SIGTERM
    _, resumed = fit_plain(tmp_path, settings=settings)
    assert same(resumed[0], alone[0]) and resumed[1] == alone[1]


def test_randomness_follows_from_seed_epoch_step_and_device():
    """Of dropout, say; so that no two steps drop the same."""
    drawn = set()
    for seed, epoch, step, rank in itertools.product(range(2), repeat=4):
        trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank)
        for _ in range(2):  # and each time again
            ReseedEachStep(seed).on_train_batch_start(trainer, None, None, step)
            drawn.add(float(torch.rand(())))
    assert len(drawn) == 2**4


def test_two_devices_told_to_stop_save_and_go_on(tmp_path: Path):
    long = {"epochs": 40}
    _, alone = fit_plain(tmp_path, settings=long)
    code, _ = fit_plain(tmp_path, tell="step 1", settings=long, devices=2)
    assert code == 128 + signal.SIGTERM
    (last,) = (tmp_path / "checkpoints").glob("*/last.ckpt")
    assert 2 <= torch.load(last, weights_only=True)["global_step"] < 40 * STEPS
    _, resumed = fit_plain(tmp_path, settings=long, devices=2)
    assert_close(resumed, alone, within=1e-3)  # rounding grows over 120 steps


def test_bf16_computes_in_half_the_digits(tmp_path: Path):
    _, (exact, _) = fit_plain(tmp_path)
    _, (rounded, history) = fit_plain(tmp_path, settings={"precision": "bf16"})
    assert not same(exact, rounded)
    for name, value in exact.items():
        assert rounded[name].dtype == value.dtype  # the weights themselves stay as they are
        torch.testing.assert_close(rounded[name], value, rtol=0.1, atol=0.05)
    assert len(history) == EPOCHS


@pytest.mark.parametrize(
    ("threads", "gpus", "found", "expected"),
    [
        # No GPU: one process loads beside the model, whatever is asked for.
        (1, 1, 0, (1, 1, 1)),
        (4, 1, 0, (1, 1, 3)),
        (4, 2, 0, (1, 1, 3)),
        # As many as are asked for and found; all threads but one of each load.
        (8, 1, 4, (1, 7, 1)),
        (8, 2, 4, (2, 3, 1)),
        (8, 4, 2, (2, 3, 1)),
        (1, 2, 2, (2, 1, 1)),
    ],
)
def test_threads_and_gpus_are_shared(threads, gpus, found, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: found)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found > 0)
    set_threads: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", set_threads.append)
    assert (*share_hardware(threads, gpus), *set_threads) == expected


def test_a_fingerprint_follows_the_values_not_their_order():
    first = {"seed": 1, "classes": ["a", "b"], "weights": Path("a")}
    assert fingerprint(first) == fingerprint(dict(reversed(first.items())))
    assert fingerprint(first) != fingerprint(first | {"classes": ["b", "a"]})
    assert fingerprint(first) != fingerprint(first | {"seed": 2})
