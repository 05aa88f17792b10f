"""How every model of the workflow is trained: Lightning, deterministic, resumed exactly.

All randomness follows from (seed, epoch, step): the order of the samples and their augmentation
through `SeededBatches`, dropout and the like through `ReseedEachStep`. A run that is killed goes on
from its last checkpoint, also within an epoch, and ends with the weights of one left alone. The
batch is that of the settings whatever the number of GPUs, and however many samples fit into one.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import lightning
import numpy as np
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.plugins.environments import LightningEnvironment
from lightning.pytorch.profilers import PassThroughProfiler
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.multiprocessing.spawn import ProcessExitedException
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Sampler

from bioscan.core.devices import has_gpu
from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.logs import append_to_log, log_file

log = logging.getLogger(__name__)

#: How much training may be lost to a kill without warning, seconds.
SAVE_EVERY = 15 * 60

#: How long a training waits for another of the same model to end, seconds: one that Slurm ends has
#: half a minute for it (KillWait).
PATIENCE = 2 * 60

#: What Lightning warns of and is meant to be so.
HINTS = (
    ".*does not have many workers",  # few-core machines load data in the training process
    ".*dataloader is not resumable",  # ours gives only what has not been trained on yet
    ".*`srun` command is available",  # a training is one task of a job, with all of its GPUs
    ".*LeafSpec",  # its own use of torch
)

#: Names of precisions in the config → Lightning's.
PRECISIONS = {"float32": "32-true", "bf16": "bf16-mixed"}


class SeededBatches(Sampler[list[tuple[int, int]]]):
    """Yields batches of (index, draw): each sample once in random order, with a seed for its
    augmentation.

    A batch of `batch_size` samples makes one step. Each of `ranks` devices takes its share of it,
    in `parts` that are accumulated; shares differ by one sample where the batch cannot be divided
    evenly, and `weight` makes up for that. One pass yields the parts of this device.

    Attributes:
        epoch: gives the order and the draws, whatever the number of devices and workers.
        start: how many parts are passed over, where training goes on within an epoch.
        rank: which device this is.
    """

    def __init__(
        self, length: int, seed: int, batch_size: int, ranks: int = 1, parts: int = 1
    ) -> None:
        self.length, self.seed, self.batch_size = length, seed, batch_size
        self.ranks, self.parts = ranks, parts
        self.epoch = self.start = self.rank = 0

    def __len__(self) -> int:
        """Parts in an epoch."""
        return -(-self.length // self.batch_size) * self.parts

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        draws = rng.integers(2**63, size=self.length)
        order = rng.permutation(self.length)
        for number in range(self.start, len(self)):
            first = number // self.parts * self.batch_size
            batch = order[first : first + self.batch_size]
            # A device that has no share in the last, smaller batch takes a sample without weight.
            mine = batch[self.rank :: self.ranks][number % self.parts :: self.parts]
            yield [(int(index), int(draws[index])) for index in (mine if mine.size else batch[:1])]

    def weight(self, number: int) -> float:
        """What the mean loss of a part counts for in the mean over all parts of its batch."""
        first = number // self.parts * self.batch_size
        batch = min(self.batch_size, self.length - first)
        share = len(range(self.rank, batch, self.ranks))
        mine = len(range(number % self.parts, share, self.parts))
        return mine * self.ranks * self.parts / batch


class SetSamplerRank(Callback):
    """Tells samplers which of several devices they serve, in the process that was started for it.

    The first of these processes goes on with the log of the one that started them.
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
    """Makes dropout and the like a function of (seed, epoch, step): a resumed run repeats them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, batch: Any, number: int
    ) -> None:
        where = [self.seed, trainer.current_epoch, number, trainer.global_rank]
        seed = np.random.SeedSequence(where).generate_state(1, np.uint64)[0]
        torch.manual_seed(int(seed >> 1))


class DataWaitProfiler(PassThroughProfiler):
    """Adds up the seconds in which training waits for its next batch."""

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
    """Knows how far training is: the history, the place within the epoch, the running loss.

    `train_loss` of the history is the mean over the steps of an epoch.
    """

    def __init__(self, batches: SeededBatches) -> None:
        self.batches = batches
        self.waiting = DataWaitProfiler()
        self.rows: list[dict[str, float]] = []
        self.loss: torch.Tensor | float = 0.0  # of this epoch, added up
        self.done = 0  # parts of this epoch

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self.began, self.seen = time.perf_counter(), self.done
        self.waiting.seconds = 0.0

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        self.batches.epoch, self.batches.start = trainer.current_epoch, 0
        self.on_train_start(trainer, module)

    def on_before_backward(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, loss: torch.Tensor
    ) -> None:
        loss.mul_(self.batches.weight(self.done))

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        outputs: Mapping[str, torch.Tensor],
        batch: Any,
        number: int,
    ) -> None:
        # Added up on the device, which is not waited for.
        self.loss = self.loss + outputs["loss"].detach().double() * self.batches.weight(self.done)
        self.done += 1
        self.ended = time.perf_counter()

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        self.share_loss(trainer)
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        steps = self.done / self.batches.parts
        loss = float(self.loss) / steps
        self.rows.append({"epoch": trainer.current_epoch, "train_loss": loss, **metrics})
        log.info("epoch %d: %s", trainer.current_epoch, self.rows[-1])
        seconds = self.ended - self.began
        done = (self.done - self.seen) / self.batches.parts
        log.info(
            "%.0f samples/s, %.1f %% of the time waiting for data",
            done * self.batches.batch_size / seconds,
            100 * self.waiting.seconds / seconds,
        )
        self.loss, self.done = 0.0, 0

    def share_loss(self, trainer: lightning.Trainer) -> None:
        """Make the running loss the mean over the devices, so that any of them can save it."""
        if trainer.world_size > 1:
            self.loss = trainer.strategy.reduce(self.loss, reduce_op="mean")

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "loss": float(self.loss), "done": self.done}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows, self.loss, self.done = (state_dict[key] for key in ("rows", "loss", "done"))
        # Told before the loader begins: a callback of the epoch's start would be too late.
        self.batches.epoch = len(self.rows)
        self.batches.start = self.done


class MidEpochCheckpoint(Callback):
    """Saves within an epoch: every quarter of an hour, and when the job is told to stop (SIGTERM).

    A cluster sends SIGTERM before it kills a job that is preempted or out of time.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path, self.progress = path, progress
        self.told = False

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self.saved = time.monotonic()
        # In place of Lightning's, which stops where nothing has been saved.
        signal.signal(signal.SIGTERM, self._be_told)

    def _be_told(self, *_: Any) -> None:
        self.told = True

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        outputs: Mapping[str, torch.Tensor],
        batch: Any,
        number: int,
    ) -> None:
        """Between two steps; an epoch's end saves anyway."""
        if (number + 1) % self.progress.batches.parts or trainer.is_last_batch:
            return
        stop, save = self.told, time.monotonic() - self.saved > SAVE_EVERY
        if trainer.world_size > 1:  # what one device wants, all do
            wish = torch.tensor([stop, save], device=module.device, dtype=torch.int32)
            stop, save = trainer.strategy.reduce(wish, reduce_op="max").bool().tolist()
        if not (stop or save):
            return
        self.progress.share_loss(trainer)
        trainer.save_checkpoint(self.path)
        self.saved = time.monotonic()
        if stop:
            log.info("told to stop; saved after %d parts of the epoch", self.progress.done)
            raise SIGTERMException(128 + signal.SIGTERM)


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes checkpoints whole or not at all.

    Lightning writes to the temporary folder and moves: on a cluster that is another disk, and a
    move there is a copy, which a kill leaves truncated.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        with atomic(Path(path)) as partial:
            torch.save(checkpoint, partial)


@contextmanager
def checkpoint_dir(outputs: Path) -> Iterator[Path]:
    """Give the folder for the checkpoints of one training, beside its outputs.

    It is removed once these are written, and stays where training ends before. It is one process's
    at a time: a job outlives a Snakemake that is killed, and the next one starts it again.

    Raises:
        InputError: another process is training the same, and does not end.
    """
    folder = outputs / "checkpoints"
    outputs.mkdir(parents=True, exist_ok=True)
    # Beside the folder: a network file system keeps a file that is removed while it is open.
    with (outputs / ".lock").open("a") as lock:
        _wait_for(lock)
        folder.mkdir(exist_ok=True)
        yield folder
        shutil.rmtree(folder)


def _wait_for(lock: TextIO) -> None:
    for second in range(PATIENCE):
        try:
            # Not `flock`, which the processes that load data would hold on to.
            return fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not second:
                log.info("another process is training this; waiting for it to end")
            time.sleep(1)
        except OSError as error:
            return log.warning("not locked against other processes: %s", error)
    raise InputError(
        f"{lock.name} is held by another process that trains the same, perhaps left by a run that "
        "was killed; expected none: end it, or remove the file if there is none, then run again"
    )


@contextmanager
def _without_hints() -> Iterator[None]:
    with warnings.catch_warnings():
        for hint in HINTS:
            warnings.filterwarnings("ignore", message=hint)
        yield


@_without_hints()
def train(
    module: lightning.LightningModule,
    training_set: Dataset,
    validation_set: Dataset | None,
    *,
    settings: Mapping[str, Any],
    checkpoints: Path,
    workers: int,
    devices: int = 1,
    monitor: str | None = None,
    collate: Any = None,
) -> list[dict[str, float]]:
    """Train a module, going on from `checkpoints` where a killed run of the same settings left one.

    Args:
        module: gives the mean loss of the samples it is handed, and logs metrics of the validation;
            they become the history.
        training_set: indexed by (index, draw) pairs.
        validation_set: indexed by integers; or none.
        settings: `epochs`, `batch_size`, `seed`; perhaps `precision` (a key of PRECISIONS),
            `device_batch_size` (samples that a device takes at once; more are accumulated) and
            `gradient_clip`; and whatever else shapes the result (digests of data and code): a
            checkpoint made under other settings is not resumed.
        checkpoints: folder beside the outputs (`checkpoint_dir`).
        workers: processes that load data for a device; 0 loads in this one.
        devices: GPUs, or processes where there is none. They share each batch.
        monitor: the metric whose best (highest, first) epoch gives the final weights; without one
            the last epoch does.

    Returns:
        One row an epoch: `epoch`, `train_loss` and the module's metrics. The module holds the final
        weights.
    """
    batch_size, seed = settings["batch_size"], settings["seed"]
    share = -(-batch_size // devices)
    parts = -(-share // (settings.get("device_batch_size") or share))
    folder = checkpoints / fingerprint({**settings, "parts": parts})
    last = folder / "last.ckpt"
    batches = SeededBatches(len(training_set), seed, batch_size, devices, parts)
    loaders = {"num_workers": workers, "collate_fn": collate}
    loaders |= {"persistent_workers": workers > 0, "pin_memory": has_gpu()}
    loaders["worker_init_fn"] = _ignore_foreign_sigterm
    training = DataLoader(training_set, batch_sampler=batches, **loaders)
    validation, samplers = None, [batches]
    if validation_set is not None:
        # So that all have as many, up to one sample a device counts twice.
        samplers.append(DistributedSampler(validation_set, devices, rank=0, shuffle=False))
        validation = DataLoader(validation_set, -(-share // parts), sampler=samplers[-1], **loaders)
    # Of what it says of itself, only warnings are for people.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    progress = Progress(batches)
    callbacks = [ReseedEachStep(seed), progress, MidEpochCheckpoint(last, progress)]
    if devices > 1:
        callbacks.append(SetSamplerRank(*samplers))
    keep = {"dirpath": folder, "enable_version_counter": False}
    if monitor:
        callbacks.append(ModelCheckpoint(filename="best", monitor=monitor, mode="max", **keep))
    # Written after all others, so it holds their state too.
    callbacks.append(ModelCheckpoint(filename="last", **keep))
    trainer = lightning.Trainer(
        max_epochs=settings["epochs"],
        accelerator="auto",
        devices=devices,
        # Spawned, so that one process goes on to write the outputs.
        strategy="ddp_spawn" if devices > 1 else "auto",
        use_distributed_sampler=False,
        sync_batchnorm=devices > 1 and has_gpu(),
        precision=PRECISIONS[settings.get("precision", "float32")],
        profiler=progress.waiting,
        accumulate_grad_batches=parts,
        deterministic="warn",
        gradient_clip_val=settings.get("gradient_clip"),
        logger=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        default_root_dir=folder,
        # The environment of Slurm would have each process started by srun.
        plugins=[AtomicCheckpointIO(), LightningEnvironment()],
        callbacks=callbacks,
    )
    log.info(
        "devices: %d (%s); samples a step: %d; parts of a step on each device: %d",
        *(devices, "GPU" if has_gpu() else "CPU", batch_size, parts),
    )
    if last.exists():
        log.info("going on from %s", last)
    with _forward_sigterm(trainer):
        trainer.fit(
            module,
            training,
            validation,
            ckpt_path=last if last.exists() else None,
            weights_only=True,
        )
    # Read back, because what several devices learnt stands nowhere else.
    ended = torch.load(last, map_location="cpu", weights_only=True)
    final = ended
    if monitor:
        final = torch.load(folder / "best.ckpt", map_location="cpu", weights_only=True)
    module.load_state_dict(final["state_dict"])
    return ended["callbacks"][progress.state_key]["rows"]


def _ignore_foreign_sigterm(_: int) -> None:
    """Let a process that loads data pass over every SIGTERM but that of the process it loads for.

    Slurm sends it to all processes of a job, some twice. Training has to save then, and would fail
    before it could if it lost its loaders.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait() -> None:
        while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
            pass
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _forward_sigterm(trainer: lightning.Trainer) -> Iterator[None]:
    """Tell the processes of several devices to stop when this one is, and stop as one would."""
    launcher, told = trainer.strategy.launcher, []

    def hand_on(number: int, _: Any) -> None:
        told.append(number)
        launcher.kill(number)

    if launcher is not None:
        signal.signal(signal.SIGTERM, hand_on)
    try:
        yield
    except ProcessExitedException:
        # Those that were told twice may not have ended by themselves.
        if told:
            sys.exit(128 + signal.SIGTERM)
        raise


def share_hardware(threads: int, gpus: int) -> tuple[int, int]:
    """What a job makes of the threads and GPUs it is given: devices, and loading processes of each.

    A GPU waits for data, so all threads but one of each load; on a CPU the model has most of the
    work, and one process loads beside it.
    """
    devices = min(gpus, torch.cuda.device_count()) or 1
    workers = max(1, threads // devices - 1) if has_gpu() else 1
    torch.set_num_threads(max(1, threads // devices - workers))
    return devices, workers


def fingerprint(settings: Mapping[str, Any]) -> str:
    """A short name for settings: equal settings, equal name."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
