"""How every model of the workflow is trained: Lightning, deterministic, resumed exactly.

All randomness of an epoch follows from (seed, epoch): the order of the samples and their
augmentation through `SeededSampler`, dropout and the like through `ReseedEachEpoch`. A run that is
killed goes on from its last finished epoch and ends with the weights of one left alone.
"""

import hashlib
import json
import logging
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.utils.data import DataLoader, Dataset, Sampler

from bioscan.core.files import atomic

log = logging.getLogger(__name__)


class SeededSampler(Sampler[tuple[int, int]]):
    """Yields (index, draw): each sample once in random order, with a seed for its augmentation.

    Lightning calls `set_epoch`, which gives each epoch an order and draws of its own, whatever the
    number of workers.
    """

    def __init__(self, length: int, seed: int) -> None:
        self.length, self.seed, self.epoch = length, seed, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        draws = rng.integers(2**63, size=self.length)
        for index in rng.permutation(self.length):
            yield int(index), int(draws[index])


class ReseedEachEpoch(Callback):
    """Makes dropout and the like a function of (seed, epoch): a resumed run repeats them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        seed = np.random.SeedSequence([self.seed, trainer.current_epoch, trainer.global_rank])
        torch.manual_seed(int(seed.generate_state(1, np.uint64)[0] >> 1))


class History(Callback):
    """Keeps the metrics logged in each epoch, across resumptions.

    Where training goes on, workers ask the sampler for their first samples before Lightning tells
    it the epoch, so it is told here.
    """

    def __init__(self, sampler: SeededSampler) -> None:
        self.rows: list[dict[str, float]] = []
        self.sampler = sampler

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self.rows.append({"epoch": trainer.current_epoch, **metrics})
        log.info("epoch %d: %s", trainer.current_epoch, metrics)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = state_dict["rows"]
        self.sampler.set_epoch(len(self.rows))


class WholeCheckpoints(TorchCheckpointIO):
    """Writes checkpoints whole or not at all.

    Lightning writes to the temporary folder and moves: on a cluster that is another disk, and a
    move there is a copy, which a kill leaves truncated.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        with atomic(Path(path)) as partial:
            torch.save(checkpoint, partial)


def train(
    module: lightning.LightningModule,
    training_set: Dataset,
    validation_set: Dataset | None,
    *,
    settings: Mapping[str, Any],
    checkpoints: Path,
    workers: int,
    monitor: str | None = None,
    collate: Any = None,
) -> list[dict[str, float]]:
    """Train a module, going on from `checkpoints` where a killed run of the same settings left one.

    Args:
        module: logs its metrics; they become the history.
        training_set: indexed by (index, draw) pairs.
        validation_set: indexed by integers; or none.
        settings: `epochs`, `batch_size`, `seed`, and whatever else shapes the result (digests of
            data and code): a checkpoint made under other settings is not resumed.
        checkpoints: folder beside the outputs, which the caller removes once it has written them.
        workers: processes that load data; 0 loads in this one.
        monitor: the metric whose best (highest, first) epoch gives the final weights; without one
            the last epoch does.

    Returns:
        One row an epoch: `epoch` and the module's metrics. The module holds the final weights.
    """
    folder = checkpoints / fingerprint(settings)
    last = folder / "last.ckpt"
    seed = settings["seed"]
    sampler = SeededSampler(len(training_set), seed)
    history = History(sampler)
    # The last checkpoint is written after all other callbacks, so it holds their state too.
    keep = {"dirpath": folder, "enable_version_counter": False}
    best = ModelCheckpoint(filename="best", monitor=monitor, mode="max", **keep)
    trainer = lightning.Trainer(
        max_epochs=settings["epochs"],
        accelerator="auto",
        deterministic="warn",
        gradient_clip_val=settings.get("gradient_clip"),
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        plugins=[WholeCheckpoints()],
        callbacks=[
            ReseedEachEpoch(seed),
            history,
            *([best] if monitor else []),
            ModelCheckpoint(filename="last", **keep),
        ],
    )
    loaders = {"batch_size": settings["batch_size"], "num_workers": workers, "collate_fn": collate}
    loaders |= {"persistent_workers": workers > 0, "pin_memory": torch.cuda.is_available()}
    training = DataLoader(
        training_set,
        sampler=sampler,
        generator=torch.Generator().manual_seed(seed),
        **loaders,
    )
    validation = None if validation_set is None else DataLoader(validation_set, **loaders)
    if last.exists():
        log.info("going on from %s", last)
    with warnings.catch_warnings():
        # Few-core machines load data in the training process on purpose.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        try:
            trainer.fit(
                module,
                training,
                validation,
                ckpt_path=last if last.exists() else None,
                weights_only=True,
            )
        except SIGTERMException:
            # Lightning would leave with exit code 0, as if training had finished.
            sys.exit(128 + signal.SIGTERM)
    if monitor:
        chosen = torch.load(best.best_model_path, map_location="cpu", weights_only=True)
        module.load_state_dict(chosen["state_dict"])
    return history.rows


def share_threads(threads: int) -> int:
    """Share a job's threads between the model and what loads its data; how many load.

    A GPU waits for data, so all but one load; on a CPU the model has most of the work.
    """
    workers = threads - 1 if torch.cuda.is_available() else min(1, threads - 1)
    torch.set_num_threads(threads - workers)
    return workers


def fingerprint(settings: Mapping[str, Any]) -> str:
    """A short name for settings: equal settings, equal name."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
