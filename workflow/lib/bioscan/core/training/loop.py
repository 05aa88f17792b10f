"""How every model of the workflow is trained: Lightning, deterministic, resumed exactly.

All randomness follows from (seed, epoch, micro-step, rank): the order of the samples and their
augmentation through `SeededBatches`, dropout and the like through `ReseedEachStep`. A killed run
resumes from its last checkpoint, also within an epoch, and ends with the weights of an
uninterrupted one. The batch size is that of the settings whatever the number of GPUs, and however
many samples fit into one.
"""

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import lightning
import polars as pl
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.plugins.environments import LightningEnvironment
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from bioscan.core.checkpoints import checkpoint_dir, fingerprint
from bioscan.core.devices import has_gpu
from bioscan.core.errors import InputError, raised_in
from bioscan.core.files import digest_all, write_csv
from bioscan.core.training.batches import SeededBatches
from bioscan.core.training.callbacks import (
    MidEpochCheckpoint,
    Progress,
    ReseedEachStep,
    SetSamplerRank,
)
from bioscan.core.training.checkpoints import AtomicCheckpointIO

log = logging.getLogger(__name__)

#: Lightning's warnings about what is intended here.
INTENDED = (
    ".*does not have many workers",  # few-core machines load data in the training process
    ".*dataloader is not resumable",  # `SeededBatches` skips what has been trained on
    ".*`srun` command is available",  # a training is one task of a job, with all of its GPUs
    ".*LeafSpec",  # its own use of torch
    ".*in eval mode at the start of training",  # frozen encoders
)

#: Names of precisions in the config → Lightning's.
PRECISIONS = {"float32": "32-true", "bf16": "bf16-mixed"}


@dataclass(frozen=True)
class TrainingSettings:
    """How a module is trained.

    Attributes:
        epochs: passes over the training set.
        batch_size: samples per optimiser step, over all devices.
        seed: of the order, the augmentation and random layers; weights are initialised before.
        precision: a key of PRECISIONS.
        device_batch_size: samples that a device takes at once; the gradients of the rest of its
            local batch are accumulated. None: the whole local batch.
        gradient_clip: largest norm of the gradient. None: any.
    """

    epochs: int
    batch_size: int
    seed: int
    precision: str = "float32"
    device_batch_size: int | None = None
    gradient_clip: float | None = None

    @classmethod
    def of(cls, recipe: object) -> "TrainingSettings":
        """The part of a recipe that the training loop follows: its values of the same names."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: getattr(recipe, name) for name in names if hasattr(recipe, name)})


def train_to_files(
    module: lightning.LightningModule,
    training_set: Dataset,
    validation_set: Dataset | None,
    settings: TrainingSettings,
    *,
    depends_on: Mapping[str, Any],
    inputs: Iterable[Path],
    code: str,
    save_model: Callable[[], None],
    history: Path,
    workers: int,
    devices: int,
    monitor: str | None = None,
    collate: Callable[[list[Any]], Any] | None = None,
) -> None:
    """Train a module as a job that may be killed at any time: resume, train, write, clean up.

    Checkpoints lie beside the history, and are removed once the model and the history are written.

    Args:
        depends_on, inputs, code: settings beside `settings`, files, and the digest of the code
            that the result follows from. A checkpoint of other ones is not resumed.
        save_model: writes the model once the module holds its final weights.
        history: the CSV file to write, one row per epoch.

    All other arguments are those of `train`.

    Raises:
        InputError: another process trains the same model, and does not end.
    """
    depends_on = {**depends_on, "data": digest_all(inputs), "code": code}
    with checkpoint_dir(history.parent) as checkpoints:
        rows = train(
            module,
            training_set,
            validation_set,
            settings,
            checkpoints=checkpoints,
            workers=workers,
            depends_on=depends_on,
            devices=devices,
            monitor=monitor,
            collate=collate,
        )
        save_model()
        write_csv(pl.DataFrame(rows), history)


@contextmanager
def _without_intended_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        for message in INTENDED:
            warnings.filterwarnings("ignore", message=message)
        yield


@_without_intended_warnings()
def train(
    module: lightning.LightningModule,
    training_set: Dataset,
    validation_set: Dataset | None,
    settings: TrainingSettings,
    *,
    checkpoints: Path,
    workers: int,
    depends_on: Mapping[str, Any] | None = None,
    devices: int = 1,
    monitor: str | None = None,
    collate: Callable[[list[Any]], Any] | None = None,
) -> list[dict[str, float]]:
    """Train a module, resuming from `checkpoints` where a killed run of the same settings left one.

    Args:
        module: returns the mean loss of the samples it is given, and logs validation metrics, which
            become the history.
        training_set: indexed by (index, augmentation seed) pairs.
        validation_set: indexed by integers; or none.
        checkpoints: folder beside the outputs (`checkpoint_dir`).
        workers: processes that load data for each device; 0 loads in this process.
        depends_on: what else shapes the result (the recipe, digests of data and code): a checkpoint
            made under other values is not resumed.
        devices: GPUs, or processes where there is no GPU. They divide each batch.
        monitor: the metric whose best (highest, first) epoch gives the final weights; without one
            the last epoch does.
        collate: makes a batch of samples; by default torch's.

    Returns:
        One row per epoch: `epoch`, `train_loss` and the module's metrics. The module holds the
        final weights.
    """
    # Divide each batch among the devices, and what a device gets into micro-batches.
    local_batch_size = -(-settings.batch_size // devices)
    accumulation = -(-local_batch_size // (settings.device_batch_size or local_batch_size))
    batches = SeededBatches(
        len(training_set), settings.seed, settings.batch_size, devices, accumulation
    )

    loading = {
        "num_workers": workers,
        "collate_fn": collate,
        "persistent_workers": workers > 0,
        "pin_memory": has_gpu(),
        "worker_init_fn": _ignore_foreign_sigterm,
    }
    training_loader = DataLoader(training_set, batch_sampler=batches, **loading)
    validation_loader, samplers = None, [batches]
    if validation_set is not None:
        # All devices get equally many samples, so up to one sample per device counts twice.
        sampler = DistributedSampler(validation_set, devices, rank=0, shuffle=False)
        micro_batch_size = -(-local_batch_size // accumulation)
        validation_loader = DataLoader(validation_set, micro_batch_size, sampler=sampler, **loading)
        samplers.append(sampler)

    folder = checkpoints / fingerprint(
        {**(depends_on or {}), **asdict(settings), "accumulation": accumulation}
    )
    last = folder / "last.ckpt"
    progress = Progress(batches)
    callbacks = [ReseedEachStep(settings.seed), progress, MidEpochCheckpoint(last, progress)]
    if devices > 1:
        callbacks.append(SetSamplerRank(*samplers))
    keep = {"dirpath": folder, "enable_version_counter": False}
    if monitor:
        callbacks.append(ModelCheckpoint(filename="best", monitor=monitor, mode="max", **keep))
    # Written after all others, so that it holds their state too.
    callbacks.append(ModelCheckpoint(filename="last", **keep))

    # Lightning logs at INFO; keep its warnings only.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    trainer = lightning.Trainer(
        max_epochs=settings.epochs,
        accelerator="auto",
        devices=devices,
        # Spawned, so that this process remains to write the outputs.
        strategy="ddp_spawn" if devices > 1 else "auto",
        use_distributed_sampler=False,
        sync_batchnorm=devices > 1 and has_gpu(),
        precision=PRECISIONS[settings.precision],
        profiler=progress.data_wait,
        accumulate_grad_batches=accumulation,
        deterministic="warn",
        gradient_clip_val=settings.gradient_clip,
        logger=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        default_root_dir=folder,
        # Slurm's environment would expect srun to start each process.
        plugins=[AtomicCheckpointIO(), LightningEnvironment()],
        callbacks=callbacks,
    )
    log.info(
        "devices: %d (%s); samples per step: %d; micro-batches per step on each device: %d",
        devices,
        "GPU" if has_gpu() else "CPU",
        settings.batch_size,
        accumulation,
    )
    if last.exists():
        log.info("resuming from %s", last)
    with _forward_sigterm(trainer):
        trainer.fit(
            module,
            training_loader,
            validation_loader,
            ckpt_path=last if last.exists() else None,
            weights_only=True,
        )

    # Under ddp_spawn the trained weights exist only in the checkpoints.
    ended = torch.load(last, map_location="cpu", weights_only=True)
    final = ended
    if monitor:
        final = torch.load(folder / "best.ckpt", map_location="cpu", weights_only=True)
    module.load_state_dict(final["state_dict"])
    return ended["callbacks"][progress.state_key]["history"]


def _ignore_foreign_sigterm(_: int) -> None:
    """Let a process that loads data ignore every SIGTERM but that of the process it loads for.

    Slurm sends it to all processes of a job, to some twice. Training has to save then, and would
    fail before it could if it lost its loaders.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait() -> None:
        while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
            pass
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _forward_sigterm(trainer: lightning.Trainer) -> Iterator[None]:
    """Forward SIGTERM to the spawned processes of several devices, and exit as one device would."""
    launcher, received = trainer.strategy.launcher, []

    def forward(number: int, _: Any) -> None:
        received.append(number)
        launcher.kill(number)

    if launcher is not None:
        signal.signal(signal.SIGTERM, forward)
    try:
        yield
    except ProcessExitedException:
        # A process that receives it twice may be killed before it exits by itself.
        if received:
            sys.exit(128 + signal.SIGTERM)
        raise
    except ProcessRaisedException as error:  # its message is the traceback of the process
        message = raised_in(str(error))
        if message is None:
            raise
        raise InputError(message) from error
