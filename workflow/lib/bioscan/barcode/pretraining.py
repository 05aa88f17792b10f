"""Pretraining a masked language model on barcodes (5M §4.2, §A5.1, Figure 4)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import Dataset
from transformers import BertForTokenClassification

from bioscan.barcode.masking import masks, offsets
from bioscan.barcode.settings import Architecture, PretrainingRecipe
from bioscan.core.files import write_model
from bioscan.core.optim import OptimizerSettings, configure_optimizer
from bioscan.core.weights import CONFIG
from bioscan.encoders.barcodebert import bert_config
from bioscan.encoders.kmers import KmerTokenizer

Batch = dict[str, torch.Tensor]


def build_language_model(architecture: Architecture) -> BertForTokenClassification:
    """A randomly initialised BERT with an output per token of the vocabulary.

    The same class as that of the published BarcodeBERT, so that anyone who has transformers can
    load it.
    """
    config = bert_config(
        architecture.k, architecture.layers, architecture.heads, architecture.hidden_size
    )
    # At the time of the paper unknown tokens were classes too.
    config.num_labels = config.vocab_size
    return BertForTokenClassification(config)


class Sequences(Dataset):
    """Barcodes, tokenised a batch at a time by `MaskedBatches`."""

    def __init__(self, sequences: Sequence[str]) -> None:
        self.sequences = np.asarray(sequences, dtype=bytes)

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, key: int | tuple[int, int]) -> tuple[bytes, int]:
        """A barcode and the seed of its offset and mask; in validation its place, each epoch."""
        index, seed = key if isinstance(key, tuple) else (key, key)
        return self.sequences[index], seed


class MaskedBatches:
    """Makes a batch of barcodes: tokens, masked ones, and those that count in the loss."""

    def __init__(self, recipe: PretrainingRecipe, k: int) -> None:
        self.recipe, self.tokenizer = recipe, KmerTokenizer(k)

    def __call__(self, samples: Sequence[tuple[bytes, int]]) -> Batch:
        """
        Returns:
            tokens (n, t) with masked ones, truth (n, t), masked (n, t) and attended (n, t).
        """
        sequences = [sequence.decode() for sequence, _ in samples]
        seeds = np.array([seed for _, seed in samples], dtype=np.uint64)
        dropped = offsets(seeds, self.recipe.offsets(self.tokenizer.k))
        encoded = self.tokenizer.encode(sequences, dropped)
        known = encoded.ids >= len(self.tokenizer.special_tokens)
        masked = masks(seeds, known, self.recipe.masked_share)
        attended = encoded.attention | (not self.recipe.attention_mask)
        return {
            "tokens": torch.from_numpy(np.where(masked, self.tokenizer.mask_id, encoded.ids)),
            "truth": torch.from_numpy(encoded.ids),
            "masked": torch.from_numpy(masked),
            "attended": torch.from_numpy(attended),
        }


class LanguageModule(lightning.LightningModule):
    """A masked language model with its loss, optimiser and validation metric.

    Logs `val_masked_accuracy`, the share of masked tokens that it finds, each epoch.
    """

    def __init__(self, model: BertForTokenClassification, recipe: PretrainingRecipe) -> None:
        super().__init__()
        self.model, self.recipe = model, recipe
        self.register_buffer("found", torch.zeros(2, dtype=torch.long), persistent=False)

    def logits(self, batch: Batch, chosen: torch.Tensor) -> torch.Tensor:
        """Logits (m, vocabulary) of the chosen tokens alone.

        A head for all tokens would hold 2.75 GB at k = 8 and 128 sequences.
        """
        hidden = self.model.bert(batch["tokens"], attention_mask=batch["attended"])
        return self.model.classifier(self.model.dropout(hidden.last_hidden_state[chosen]))

    def training_step(self, batch: Batch, _: int) -> torch.Tensor:
        """The mean cross-entropy of the tokens that count."""
        chosen = counted(batch, self.recipe)
        loss = F.cross_entropy(self.logits(batch, chosen), batch["truth"][chosen], reduction="sum")
        # A batch of barcodes without a known k-mer has no masked token.
        return loss / chosen.sum().clamp(min=1)

    def validation_step(self, batch: Batch, _: int) -> None:
        masked = batch["masked"]
        right = self.logits(batch, masked).argmax(dim=1) == batch["truth"][masked]
        self.found += torch.stack([right.sum(), masked.sum()])

    def on_validation_epoch_end(self) -> None:
        right, masked = self.all_gather(self.found).reshape(-1, 2).sum(dim=0)
        self.log("val_masked_accuracy", right / masked.clamp(min=1))
        self.found.zero_()

    def configure_optimizers(self) -> dict[str, Any]:
        return configure_optimizer(
            self,
            OptimizerSettings(
                optimizer="adamw",
                learning_rate=self.recipe.learning_rate,
                weight_decay=self.recipe.weight_decay,
                schedule="one_cycle",
            ),
        )


def counted(batch: Batch, recipe: PretrainingRecipe) -> torch.Tensor:
    """The tokens (n, t) that count in the loss.

    The paper speaks of masked tokens; the code of its time counted all, padding among them.
    """
    return (
        batch["masked"] if recipe.loss_positions == "masked" else torch.ones_like(batch["masked"])
    )


def save_language_model(model: BertForTokenClassification, folder: Path) -> None:
    """Write config.json and model.safetensors in the format of transformers."""

    def save(scratch: Path) -> None:
        model.save_pretrained(scratch)
        # Without the names of its classes, LABEL_0 to LABEL_65537, which are most of the file.
        path = scratch / CONFIG
        config = json.loads(path.read_text())
        labels = config.pop("id2label"), config.pop("label2id")
        config["num_labels"] = len(labels[0])
        path.write_text(json.dumps(config, indent=2) + "\n")

    write_model(save, folder)
