"""The labelled images of an experiment, as a classifier sees them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch

from bioscan.core.errors import InputError
from bioscan.core.experiments import MIN_SAMPLES, divide, rank_of
from bioscan.core.packed import PackedImages
from bioscan.core.records import EXPERIMENT_SPLITS, EXPERIMENTS, SPECIES_SETS

log = logging.getLogger(__name__)

#: Splits of BIOSCAN-5M → those of an experiment, which keeps them.
KEPT = {"train": "train", "val": "validation", "test": "test"}

#: Seed of the division by rank, which all classifiers share.
DIVISION_SEED = 0


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


def divide_by_rank(records: pl.DataFrame, rank: str) -> pl.DataFrame:
    """The samples of the experiment of a rank, in a dataset with the splits of BIOSCAN-5M.

    Samples of train, val and test keep their split. Those of unseen species take no part, so that
    no model has seen these. The others are divided as BIOSCAN-1M divides its samples.

    Args:
        records: processid, split and the rank.

    Returns:
        processid, split (of EXPERIMENT_SPLITS) and the rank; what is left out is logged.
    """
    unseen = [split for split, species in SPECIES_SETS.items() if species == "unseen"]
    frame = records.drop_nulls(rank).sort("processid")
    seen = frame.filter(~pl.col("split").is_in(unseen).fill_null(False))
    draw = np.random.default_rng(DIVISION_SEED).random(seen.height)
    kept = pl.col("split").replace_strict(KEPT, default=None, return_dtype=pl.String)
    seen = seen.with_columns(pl.Series("draw", draw), kept=kept)
    divided = pl.coalesce("kept", divide(rank, pl.col("kept").is_null()))
    chosen = seen.with_columns(split=divided).drop_nulls("split")
    for reason, count in (
        ("of unseen species", frame.height - seen.height),
        (f"of a class of fewer than {MIN_SAMPLES}", seen.height - chosen.height),
    ):
        if count:
            log.warning("%s: specimens left out, because they are %s: %d", rank, reason, count)
    return chosen.select("processid", "split", rank)


def select_experiment(records: pl.LazyFrame, index: pl.DataFrame, experiment: str) -> Experiment:
    """The images of an experiment that are in a package.

    Args:
        records: partitioned records.
        index: processid → shard, row of a package.
        experiment: an experiment column (core.records.EXPERIMENTS), or a rank.

    Raises:
        InputError: a split is empty, or there are fewer than two classes.
    """
    label = rank_of(experiment)
    if experiment in EXPERIMENTS:
        chosen = records.filter(pl.col(experiment).is_not_null())
        chosen = chosen.select("processid", pl.col(experiment).alias("split"), label).collect()
    else:
        chosen = divide_by_rank(records.select("processid", "split", label).collect(), label)
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
