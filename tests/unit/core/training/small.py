"""A network and data small enough to train many times, and processes to train it in."""

import multiprocessing
import os
import signal
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from torch.utils.data import Dataset

from bioscan.core.checkpoints import checkpoint_dir
from bioscan.core.training.loop import TrainingSettings, train

EPOCHS, SAMPLES, BATCH = 3, 10, 4
STEPS = 3  # per epoch, ⌈10 / 4⌉
SETTINGS = {"epochs": EPOCHS, "batch_size": BATCH, "seed": 5}

State = dict[str, torch.Tensor]


class Points(Dataset):
    """Noisy points; in training the noise follows from the augmentation seed."""

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, key: tuple[int, int] | int) -> tuple[torch.Tensor, torch.Tensor]:
        index, seed = key if isinstance(key, tuple) else (key, 0)
        noise = torch.randn(4, generator=torch.Generator().manual_seed(seed % 2**32))
        return torch.full((4,), float(index)) + noise, torch.tensor([index / SAMPLES])


class Tiny(lightning.LightningModule):
    """A network with dropout and momentum, and a score whose best epoch is not the last.

    It kills its own process at a step, in a validation, or when training has ended; or sends
    SIGTERM to the process that trains.
    """

    def __init__(self, kill: str | None = None, terminate: str | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = [torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5)]
        self.layers = torch.nn.Sequential(*layers, torch.nn.Linear(8, 1))
        self.kill, self.terminate = kill, terminate

    def perhaps_die(self, where: str) -> None:
        if self.kill == where:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.terminate == where:  # the process that a cluster knows of, and its data loaders
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
        optimizer = torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)
        return {
            "optimizer": optimizer,
            "lr_scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS),
        }


class Plain(Tiny):
    """Without dropout and batch normalisation, whose results differ by device."""

    def __init__(self) -> None:
        super().__init__()
        layers = [torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)]
        self.layers = torch.nn.Sequential(*layers)


def fit(
    checkpoints: Path,
    *,
    kill: str | None = None,
    terminate: str | None = None,
    workers: int = 0,
    **options: Any,
) -> Any:
    """Train; the final weights and the history."""
    changed = {key: options.pop(key) for key in SETTINGS if key in options}
    module = Tiny(kill, terminate)
    return train_module(module, checkpoints.parent, changed, workers=workers, **options)


def train_module(
    module: lightning.LightningModule, folder: Path, changed: dict[str, Any], **options: Any
) -> tuple[State, list[dict[str, float]]]:
    """Train a module on the points, under SETTINGS with some changed, as a script does."""
    settings = TrainingSettings(**(SETTINGS | changed))
    with checkpoint_dir(folder) as checkpoints:
        history = train(module, Points(), Points(), settings, checkpoints=checkpoints, **options)
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


def in_a_new_process(work: Callable[..., None], *arguments: Any) -> int:
    """Run a function of a module in a new interpreter; its exit code.

    A fork has the locks of polars without its threads, and would wait for them without end.
    """
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join(300)
    return process.exitcode


def fitted(folder: Path, **options: Any) -> tuple[State, list[dict[str, float]]]:
    """Train to the end in a process of its own, so that this one stays free to fork."""
    code, found = in_a_process(lambda: fit(folder / "checkpoints", **options), folder / "result")
    assert code == 0
    return found


def fit_plain(folder: Path, terminate: str | None = None, **options: Any) -> tuple[int, Any]:
    """Train Plain in a process of its own; its exit code, weights and history."""
    changed = options.pop("settings", {})

    def work() -> tuple[State, list[dict[str, float]]]:
        module = Plain()
        module.terminate = terminate
        return train_module(module, folder, changed, workers=0, **options)

    return in_a_process(work, folder / "result")


def killed(folder: Path, work: Callable[[], Any]) -> None:
    code, _ = in_a_process(work, folder / "result")
    assert code == -signal.SIGKILL


def same(first: State, second: State) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def assert_close(found: Any, expected: Any, within: float = 1e-5) -> None:
    """Weights and histories that differ by rounding only."""
    for name, value in expected[0].items():
        torch.testing.assert_close(found[0][name], value, rtol=within, atol=within / 10)
    for row, wanted in zip(found[1], expected[1], strict=True):
        assert row == pytest.approx(wanted, rel=within)
