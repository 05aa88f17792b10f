"""Training an encoder, or a head on it, to tell species apart (5M §4.2, §A5.2)."""

from collections.abc import Sequence
from typing import Any

import lightning
import numpy as np
import polars as pl
import torch
from torch.nn import functional as F
from torch.utils.data import Dataset

from bioscan.barcode.settings import FinetuningRecipe
from bioscan.core.devices import compute_device
from bioscan.core.optim import OptimizerSettings, configure_optimizer
from bioscan.encoders.dna_encoder import DnaEncoder
from bioscan.encoders.kmers import Tokens
from bioscan.encoders.species import SpeciesClassifier

#: Barcodes that are classified at a time.
_BATCH = 256


class LabelledBarcodes(Dataset):
    """Barcodes with the numbers of their species."""

    def __init__(self, sequences: Sequence[str], target: np.ndarray) -> None:
        # Bytes, which take a sixth of the memory of strings and are shared with loaders.
        self.sequences, self.target = np.asarray(sequences, dtype=bytes), target

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, key: int | tuple[int, int]) -> tuple[str, int]:
        index = key[0] if isinstance(key, tuple) else key
        return self.sequences[index].decode(), int(self.target[index])


class TokenBatches:
    """Makes a batch of barcodes: the tensors of their tokens, and species."""

    def __init__(self, encoder: DnaEncoder, recipe: FinetuningRecipe) -> None:
        self.encoder, self.pooling = encoder, recipe.pooling

    def __call__(self, samples: Sequence[tuple[str, int]]) -> tuple[torch.Tensor, ...]:
        sequences, target = zip(*samples, strict=True)
        tokens = self.encoder.tokenize(sequences, self.pooling)
        return *(torch.from_numpy(array) for array in tokens), torch.tensor(target)


class FinetuningModule(lightning.LightningModule):
    """A species classifier with its loss, optimiser and validation metrics.

    Logs `val_accuracy` and `val_balanced_accuracy` each epoch.
    """

    def __init__(self, classifier: SpeciesClassifier, recipe: FinetuningRecipe) -> None:
        super().__init__()
        self.classifier, self.recipe = classifier, recipe
        classes = classifier.head.out_features
        # torchmetrics would count all pairs of classes: 4 GB for 22,622 species.
        self.register_buffer("counts", torch.zeros(2, classes, dtype=torch.long), persistent=False)

    def training_step(self, batch: Sequence[torch.Tensor], _: int) -> torch.Tensor:
        *tokens, target = batch
        return F.cross_entropy(self.classifier(Tokens(*tokens)), target)

    def validation_step(self, batch: Sequence[torch.Tensor], _: int) -> None:
        *tokens, target = batch
        right = target[self.classifier(Tokens(*tokens)).argmax(dim=1) == target]
        for row, found in zip(self.counts, (right, target), strict=True):
            row += found.bincount(minlength=len(row))

    def on_validation_epoch_end(self) -> None:
        right, of = self.all_gather(self.counts).reshape(-1, *self.counts.shape).sum(dim=0)
        present = of > 0
        self.log("val_accuracy", right.sum() / of.sum())
        self.log("val_balanced_accuracy", (right[present] / of[present]).mean())
        self.counts.zero_()

    def configure_optimizers(self) -> dict[str, Any]:
        return configure_optimizer(self, optimizer_settings(self.recipe))


def optimizer_settings(recipe: FinetuningRecipe) -> OptimizerSettings:
    """The optimiser and schedule of a recipe."""
    return OptimizerSettings(
        optimizer=recipe.optimizer,
        learning_rate=recipe.learning_rate_per_64 * recipe.batch_size / 64,
        weight_decay=recipe.weight_decay,
        schedule=recipe.schedule,
    )


@torch.inference_mode()
def classify(
    classifier: SpeciesClassifier, batches: TokenBatches, sequences: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """The most probable species (n,) of sequences, and its probability (n,)."""
    device = compute_device()
    classifier = classifier.to(device).eval()
    species, scores = np.empty(len(sequences), np.int64), np.empty(len(sequences), np.float32)
    # Similar lengths together, as a batch is padded to its longest.
    order = np.argsort([len(sequence) for sequence in sequences], kind="stable")
    for first in range(0, len(order), _BATCH):
        chosen = order[first : first + _BATCH]
        *tokens, _ = batches([(sequences[place], 0) for place in chosen])
        score, found = classifier(Tokens(*tokens)).softmax(dim=1).max(dim=1)
        species[chosen], scores[chosen] = found.cpu(), score.cpu()
    return species, scores


def species_of(sequences: pl.DataFrame) -> pl.DataFrame:
    """The species of the training split, in alphabetical order, each with its lineage.

    Args:
        sequences: barcode/sequences.parquet.

    Returns:
        One row per species, its other ranks those of its first barcode.
    """
    known = sequences.filter(pl.col("split") == "train").drop_nulls("species")
    return known.unique("species", keep="first", maintain_order=True).sort("species")
