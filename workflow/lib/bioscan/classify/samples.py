"""The labelled images of an experiment, as a classifier sees them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import torch

from bioscan.core.errors import InputError
from bioscan.core.packed import PackedImages
from bioscan.core.records import EXPERIMENT_SPLITS, TASKS

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Experiment:
    """The labelled images of one experiment.

    Attributes:
        classes: labels, the most frequent in training first (as released); a class is the index
            of its label.
        counts: training samples of each class.
        rows: split → table of processid, shard, row (the position of its JPEG) and class.
    """

    classes: list[str]
    counts: list[int]
    rows: dict[str, pl.DataFrame]


def label_of(experiment: str) -> str:
    """The rank that an experiment classifies by."""
    return TASKS[experiment.split("_", 1)[1]]


def select_experiment(
    records: pl.LazyFrame, index: pl.DataFrame, experiment: str, label: str
) -> Experiment:
    """The images of an experiment that are in a package.

    Args:
        records: partitioned records.
        index: processid → shard, row of a package.
        experiment: an experiment column (core.records.EXPERIMENTS).
        label: the rank to classify by.

    Raises:
        InputError: a split is empty, or there are fewer than two classes.
    """
    chosen = records.filter(pl.col(experiment).is_not_null())
    chosen = chosen.select("processid", pl.col(experiment).alias("split"), label).collect()
    chosen = chosen.join(index, on="processid").sort("shard", "row")
    if unlabelled := chosen[label].null_count():
        log.warning("%s: left out, because they have no %s: %d", experiment, label, unlabelled)
        chosen = chosen.drop_nulls(label)
    frequency = chosen.filter(pl.col("split") == "train")[label].value_counts()
    frequency = frequency.sort(["count", label], descending=[True, False])
    classes = frequency[label].to_list()
    if len(classes) < 2:
        raise InputError(f"experiment {experiment}: nothing to tell apart in {classes}")
    # A class may have lost all its training images before packing (no insect found).
    lost = chosen.filter(~pl.col(label).is_in(classes))[label].value_counts()
    if not lost.is_empty():
        log.warning(
            "left out, because no training image has these labels: %s", dict(lost.iter_rows())
        )
    chosen = chosen.filter(pl.col(label).is_in(classes)).with_columns(
        pl.col(label)
        .replace_strict(classes, range(len(classes)), return_dtype=pl.Int64)
        .alias("class")
    )
    rows = {
        split: chosen.filter(pl.col("split") == split).select("processid", "shard", "row", "class")
        for split in EXPERIMENT_SPLITS
    }
    for split, table in rows.items():
        if table.is_empty():
            raise InputError(f"experiment {experiment}: no image in its {split} split")
    return Experiment(classes, frequency["count"].to_list(), rows)


class LabelledImages(PackedImages):
    """Packed images with their classes: a crop and an integer."""

    def __init__(
        self, packs: Sequence[Path], rows: pl.DataFrame, image_size: int, crop_size: int
    ) -> None:
        """
        Args:
            rows: a table of `Experiment.rows`.
        """
        super().__init__(packs, rows, image_size, crop_size)
        self.label = rows["class"].to_numpy()

    def __getitem__(self, key: int | tuple[int, int]) -> tuple[torch.Tensor, int]:
        index = key[0] if isinstance(key, tuple) else key
        return super().__getitem__(key), int(self.label[index])
