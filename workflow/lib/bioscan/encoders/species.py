"""Encoders of DNA that are trained to tell species apart, and the files that hold them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from bioscan.core.files import write_model
from bioscan.core.weights import CONFIG, WEIGHTS
from bioscan.encoders.checkpoints import load_strictly, read_checkpoint, tensors
from bioscan.encoders.dna_encoder import DnaEncoder, embed
from bioscan.encoders.kmers import Tokens

_ENCODER, _HEAD = "encoder.", "head."


class SpeciesClassifier(nn.Module):
    """An encoder of barcodes with a linear head on the mean of its tokens."""

    def __init__(self, encoder: DnaEncoder, classes: int, frozen: bool = False) -> None:
        """
        Args:
            classes: number of species.
            frozen: whether the encoder stays as it is, and the head alone is trained.
        """
        super().__init__()
        self.encoder, self.frozen = encoder.requires_grad_(not frozen), frozen
        self.head = nn.Linear(encoder.dimension, classes)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        """Logits (n, classes)."""
        return self.head(embed(self.encoder, tokens))

    def train(self, mode: bool = True) -> "SpeciesClassifier":
        """Without dropout in a frozen encoder, whose statistics stay too."""
        super().train(mode)
        if self.frozen:
            self.encoder.eval()
        return self


def save_species_classifier(
    classifier: SpeciesClassifier, description: Mapping[str, Any], folder: Path
) -> None:
    """Write model.safetensors and config.json.

    Args:
        description: `species`, the classes in order, and any other facts about the model.
    """

    def save(scratch: Path) -> None:
        save_file(
            {k: v.contiguous() for k, v in classifier.state_dict().items()}, scratch / WEIGHTS
        )
        (scratch / CONFIG).write_text(json.dumps(description, indent=2) + "\n")

    write_model(save, folder)


def load_finetuned(encoder: DnaEncoder, path: Path) -> DnaEncoder:
    """Give an encoder the weights that it has within a trained classifier.

    Args:
        encoder: of the same architecture.
        path: model.safetensors of `save_species_classifier`.

    Raises:
        InputError: it has other weights, or is cut short.
    """
    state = tensors(read_checkpoint(path), path, [_ENCODER])
    load_strictly(encoder, state, path, "a classifier of this encoder", ignored=[_HEAD])
    return encoder
