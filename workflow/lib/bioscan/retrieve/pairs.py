"""Samples of several modalities, and batches of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import nn
from torch.utils.data import Dataset

from bioscan.core.encoders import Modality
from bioscan.core.packed import PackedImages
from bioscan.core.texts import label_text
from bioscan.encoders.dna_encoder import to_tensors
from bioscan.encoders.kmers import Tokens
from bioscan.encoders.towers import Tower
from bioscan.retrieve.augmentation import Augmentation
from bioscan.retrieve.samples import HAS
from bioscan.retrieve.settings import Positives, Recipe

#: A sample: its number and group, and an input per modality that it has.
Sample = dict[str, Any]

#: `ids` and `groups` (n,); per modality `<modality>` (the inputs of its tower) and
#: `<modality>_rows`, the places of the samples that have it.
Batch = dict[str, Any]

#: The column that the positives of a sample share.
_GROUPED: dict[Positives, str] = {"bin": "dna_bin", "species": "species"}


def choose_pairs(
    table: pl.DataFrame, modalities: Sequence[Modality], recipe: Recipe
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The samples of a training set that have two of the model's modalities or more.

    Of several replicas, the one that is kept sees its share of them, drawn by the seed.

    Args:
        table: of `samples.select_pairs`, with the column `text`.

    Returns:
        The samples, and counts: all, those with each modality, those left out.
    """
    has = table.select(**{m: HAS[m] if m != "text" else _has_text() for m in modalities})
    paired = has.select(pl.sum_horizontal(pl.all().cast(pl.Int8)) >= 2).to_series()
    chosen = table.filter(paired)
    counts = {"samples": chosen.height, "left_out": table.height - chosen.height}
    counts |= {f"with_{name}": int((has[name] & paired).sum()) for name in modalities}
    if recipe.replicas > 1:
        order = np.random.default_rng(recipe.seed).permutation(chosen.height)
        share = np.sort(order[: chosen.height // recipe.replicas])
        counts["of_other_replicas"] = chosen.height - len(share)
        chosen = chosen[share]
    return chosen, counts


def _has_text() -> pl.Expr:
    return pl.col("text").is_not_null()


def with_text(table: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """A training set with the `text` of each sample, null where it has none."""
    return table.with_columns(label_text(recipe.missing_ranks))


def groups_of(table: pl.DataFrame, positives: Positives) -> np.ndarray:
    """(n,) int64: samples of one number belong together.

    A sample without BIN, or without species, belongs to itself alone.
    """
    alone = np.arange(table.height)
    if positives == "identity":
        return alone
    names = table[_GROUPED[positives]]
    codes = names.rank("dense").cast(pl.Int64) + table.height
    return codes.fill_null(pl.Series(alone)).to_numpy()


class Pairs(Dataset):
    """Samples of several modalities, augmented. Indexed by (index, augmentation seed).

    Texts are tokenised here, once; barcodes in batches, which takes less memory.
    """

    def __init__(
        self,
        table: pl.DataFrame,
        packs: Sequence[Path],
        towers: Mapping[Modality, Tower] | nn.ModuleDict,
        recipe: Recipe,
    ) -> None:
        """
        Args:
            table: of `choose_pairs`.
            packs: the shards of the package of images, in order.
        """
        self.groups = groups_of(table, recipe.positives)
        self.images = self.barcodes = self.texts = None
        if "image" in towers:
            shown = table.filter(HAS["image"])
            self.images = PackedImages(packs, shown, recipe.image_size, recipe.crop_size)
            self.image_place = _places(table.select(HAS["image"]).to_series())
            self.augment = Augmentation(recipe.image_size, recipe.crop_size, recipe.colour_jitter)
        if "dna" in towers:
            distinct, self.barcode_place = _distinct(table["sequence"])
            # Bytes, which take a sixth of the memory of strings and are shared with loaders.
            self.barcodes = np.asarray(distinct, dtype=bytes)
        if "text" in towers:
            distinct, self.text_place = _distinct(table["text"])
            self.texts = towers["text"].tokenize(distinct)

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        index, seed = key
        sample: Sample = {"id": index, "group": int(self.groups[index])}
        if self.images is not None and (place := self.image_place[index]) >= 0:
            sample["image"] = self.augment(self.images.decoded(int(place)), seed)
        if self.barcodes is not None and (place := self.barcode_place[index]) >= 0:
            sample["dna"] = self.barcodes[place].decode()
        if self.texts is not None and (place := self.text_place[index]) >= 0:
            sample["text"] = tuple(array[place] for array in self.texts)
        return sample


def _places(present: pl.Series) -> np.ndarray:
    """(n,) the place of each among those that are present; -1 of others."""
    places = present.cum_sum().cast(pl.Int64).to_numpy() - 1
    return np.where(present.to_numpy(), places, -1)


def _distinct(values: pl.Series) -> tuple[list[str], np.ndarray]:
    """The distinct values, and the place of each sample's among them; -1 of null."""
    distinct = values.drop_nulls().unique(maintain_order=True)
    table = pl.DataFrame({"value": distinct}).with_row_index("place")
    places = pl.DataFrame({"value": values}).join(
        table, on="value", how="left", maintain_order="left"
    )
    return distinct.to_list(), places["place"].cast(pl.Int64).fill_null(-1).to_numpy()


class PairBatches:
    """Makes a batch of samples: the inputs of each tower, and whose they are."""

    def __init__(self, towers: Mapping[Modality, Tower] | nn.ModuleDict) -> None:
        self.modalities = list(towers)
        self.tokenize = towers["dna"].tokenize if "dna" in towers else None

    def __call__(self, samples: Sequence[Sample]) -> Batch:
        batch: Batch = {
            "ids": torch.tensor([sample["id"] for sample in samples]),
            "groups": torch.tensor([sample["group"] for sample in samples]),
        }
        for modality in self.modalities:
            rows = [row for row, sample in enumerate(samples) if modality in sample]
            batch[f"{modality}_rows"] = torch.tensor(rows, dtype=torch.long)
            if rows:
                inputs = [samples[row][modality] for row in rows]
                batch[modality] = self._stacked(modality, inputs)
        return batch

    def _stacked(self, modality: Modality, inputs: list[Any]) -> tuple[torch.Tensor, ...]:
        if modality == "image":
            return (torch.stack(inputs),)
        if modality == "dna":
            return tuple(to_tensors(self.tokenize(inputs)))
        stacked = Tokens(*(np.stack(arrays) for arrays in zip(*inputs, strict=True)))
        return tuple(to_tensors(stacked))
