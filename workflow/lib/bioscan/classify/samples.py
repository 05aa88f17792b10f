"""Which photographs an experiment uses, and how a classifier sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch.utils.data import Dataset

from bioscan.core.errors import InputError
from bioscan.core.images import decode, resize_shorter_side
from bioscan.core.pack import PackReader
from bioscan.core.records import EXPERIMENT_SPLITS, TASKS


@dataclass(frozen=True)
class Experiment:
    """The labelled photographs of one experiment.

    Attributes:
        classes: labels, the most frequent in training first (as released); a class is known by
            its place here.
        rows: split → table of processid, shard, row (where its JPEG lies) and class.
    """

    classes: list[str]
    rows: dict[str, pl.DataFrame]


def label_of(experiment: str) -> str:
    """The rank that an experiment learns."""
    return TASKS[experiment.split("_", 1)[1]]


def select_experiment(
    records: pl.LazyFrame, index: pl.DataFrame, experiment: str, label: str
) -> Experiment:
    """The photographs of an experiment that are in a package.

    Args:
        records: partitioned records.
        index: processid → shard, row of a package.
        experiment: an experiment column (core.records.EXPERIMENTS).
        label: the rank that is learnt.

    Raises:
        InputError: a split is empty, or there are fewer than two classes.
    """
    chosen = records.filter(pl.col(experiment).is_not_null())
    chosen = chosen.select("processid", pl.col(experiment).alias("split"), label).collect()
    chosen = chosen.join(index, on="processid").sort("shard", "row")
    counts = chosen.filter(pl.col("split") == "train")[label].value_counts()
    classes = counts.sort(["count", label], descending=[True, False])[label].to_list()
    if len(classes) < 2:
        raise InputError(f"experiment {experiment}: nothing to tell apart in {classes}")
    # A class may have lost all its training photographs on the way here (no insect found).
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
            raise InputError(f"experiment {experiment}: no photograph in its {split} split")
    return Experiment(classes, rows)


class PackedPhotographs(Dataset):
    """Crops from packs with their classes, as uint8 (3, crop_size, crop_size) and an integer.

    Indexed by (index, draw) pairs it gives a random crop, mirrored every other time; by an
    integer, the centre crop (1M §4.3, Table 4).
    """

    def __init__(
        self, packs: Sequence[Path], rows: pl.DataFrame, image_size: int, crop_size: int
    ) -> None:
        """
        Args:
            packs: the shards of a package, in order.
            rows: a table of `Experiment.rows`.
            image_size: shorter side that photographs are brought to, pixels.
            crop_size: side of the square cut out of that, pixels.
        """
        self.reader = PackReader(packs)
        self.shard, self.row, self.label = (rows[c].to_numpy() for c in ("shard", "row", "class"))
        self.image_size, self.crop_size = image_size, crop_size

    def __len__(self) -> int:
        return self.label.size

    def __getitem__(self, key: int | tuple[int, int]) -> tuple[torch.Tensor, int]:
        index, draw = key if isinstance(key, tuple) else (key, None)
        jpeg = self.reader.read(int(self.shard[index]), int(self.row[index]))
        pixels = decode(jpeg, min_size=(self.image_size, self.image_size))
        if min(pixels.shape[:2]) != self.image_size:
            pixels = resize_shorter_side(pixels, self.image_size)
        spare_y, spare_x = (side - self.crop_size for side in pixels.shape[:2])
        if draw is None:
            y, x, mirrored = spare_y // 2, spare_x // 2, False
        else:
            rng = np.random.default_rng(draw)
            y, x = rng.integers(spare_y + 1), rng.integers(spare_x + 1)
            mirrored = rng.random() < 0.5
        square = pixels[y : y + self.crop_size, x : x + self.crop_size]
        if mirrored:
            square = square[:, ::-1]
        return torch.from_numpy(square.transpose(2, 0, 1).copy()), int(self.label[index])
