"""Lightning callbacks that make a training repeatable, resumable and observable."""

import logging
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.profilers import PassThroughProfiler
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.utils.data import DistributedSampler

from bioscan.core.logs import append_to_log, log_file
from bioscan.core.training.batches import SeededBatches

log = logging.getLogger(__name__)

#: How much training may be lost to a kill without warning, seconds.
SAVE_EVERY = 15 * 60


class SetSamplerRank(Callback):
    """Sets the rank of samplers in each process that ddp_spawn starts.

    The process of rank 0 appends to the log of the process that started them.
    """

    def __init__(self, *samplers: SeededBatches | DistributedSampler) -> None:
        self.samplers = samplers
        self.log_file = log_file()

    def setup(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, stage: str
    ) -> None:
        for sampler in self.samplers:
            sampler.rank = trainer.global_rank
        if trainer.is_global_zero:
            append_to_log(self.log_file)


class ReseedEachStep(Callback):
    """Makes dropout and other random layers a function of (seed, epoch, micro-step, rank).

    A resumed run therefore repeats them.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        batch: Any,
        micro_step: int,
    ) -> None:
        state = [self.seed, trainer.current_epoch, micro_step, trainer.global_rank]
        seed = np.random.SeedSequence(state).generate_state(1, np.uint64)[0]
        torch.manual_seed(int(seed >> 1))


class DataWaitProfiler(PassThroughProfiler):
    """Adds up the seconds in which training waits for its next micro-batch."""

    ACTION = "[_TrainingEpochLoop].train_dataloader_next"

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def start(self, action_name: str) -> None:
        if action_name == self.ACTION:
            self.seconds -= time.perf_counter()

    def stop(self, action_name: str) -> None:
        if action_name == self.ACTION:
            self.seconds += time.perf_counter()


class Progress(Callback):
    """Keeps the history, the position within the epoch and the running loss.

    `train_loss` of the history is the mean over the steps of an epoch.

    Attributes:
        history: one row per finished epoch.
        loss: sum over the micro-batches of this epoch.
        micro_steps: micro-batches of this epoch that are done.
    """

    def __init__(self, batches: SeededBatches) -> None:
        self.batches = batches
        self.data_wait = DataWaitProfiler()
        self.history: list[dict[str, float]] = []
        self.loss: torch.Tensor | float = 0.0
        self.micro_steps = 0

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self._start_clock()

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        self.batches.epoch, self.batches.start = trainer.current_epoch, 0
        self._start_clock()

    def _start_clock(self) -> None:
        self.started, self.resumed_at = time.perf_counter(), self.micro_steps
        self.data_wait.seconds = 0.0

    def on_before_backward(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, loss: torch.Tensor
    ) -> None:
        loss.mul_(self.batches.weight(self.micro_steps))

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        outputs: Mapping[str, torch.Tensor],
        batch: Any,
        micro_step: int,
    ) -> None:
        weight = self.batches.weight(self.micro_steps)
        # Summed on the device, so that the CPU need not wait for it.
        self.loss = self.loss + outputs["loss"].detach().double() * weight
        self.micro_steps += 1
        self.ended = time.perf_counter()

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        self.reduce_loss(trainer)
        steps = self.micro_steps / self.batches.accumulation
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        row = {"epoch": trainer.current_epoch, "train_loss": float(self.loss) / steps, **metrics}
        self.history.append(row)
        log.info("epoch %d: %s", trainer.current_epoch, row)
        seconds = self.ended - self.started
        timed_steps = (self.micro_steps - self.resumed_at) / self.batches.accumulation
        log.info(
            "%.0f samples/s, %.1f %% of the time waiting for data",
            timed_steps * self.batches.batch_size / seconds,
            100 * self.data_wait.seconds / seconds,
        )
        self.loss, self.micro_steps = 0.0, 0

    def reduce_loss(self, trainer: lightning.Trainer) -> None:
        """Replace the running loss by its mean over the devices, so that any rank can save it."""
        if trainer.world_size > 1:
            self.loss = trainer.strategy.reduce(self.loss, reduce_op="mean")

    def state_dict(self) -> dict[str, Any]:
        return {
            "history": self.history,
            "loss": float(self.loss),
            "micro_steps": self.micro_steps,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history, self.loss = state_dict["history"], state_dict["loss"]
        self.micro_steps = state_dict["micro_steps"]
        # Set here, because the loader starts before the callbacks of the epoch's start.
        self.batches.epoch = len(self.history)
        self.batches.start = self.micro_steps


class MidEpochCheckpoint(Callback):
    """Saves within an epoch: every SAVE_EVERY seconds, and when the job receives SIGTERM.

    A cluster sends SIGTERM before it kills a job that is preempted or out of time.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path, self.progress = path, progress
        self.stop_requested = False

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self.saved_at = time.monotonic()
        # Replaces Lightning's own handler, which stops without saving.
        signal.signal(signal.SIGTERM, self._request_stop)

    def _request_stop(self, *_: Any) -> None:
        self.stop_requested = True

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        outputs: Mapping[str, torch.Tensor],
        batch: Any,
        micro_step: int,
    ) -> None:
        """Save between two optimiser steps, but not at the end of an epoch, which saves anyway."""
        if (micro_step + 1) % self.progress.batches.accumulation or trainer.is_last_batch:
            return
        stop, save = self.stop_requested, time.monotonic() - self.saved_at > SAVE_EVERY
        if trainer.world_size > 1:  # all devices do what any of them wants
            flags = torch.tensor([stop, save], device=module.device, dtype=torch.int32)
            stop, save = trainer.strategy.reduce(flags, reduce_op="max").bool().tolist()
        if not (stop or save):
            return
        self.progress.reduce_loss(trainer)
        trainer.save_checkpoint(self.path)
        self.saved_at = time.monotonic()
        if stop:
            log.info(
                "received SIGTERM; saved after %d micro-batches of the epoch",
                self.progress.micro_steps,
            )
            raise SIGTERMException(128 + signal.SIGTERM)
