"""Encoders of DNA that are trained to tell species apart, and the files that hold them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from bioscan.core.errors import InputError
from bioscan.core.files import write_model
from bioscan.core.weights import CONFIG, WEIGHTS
from bioscan.encoders.dna_encoder import DnaEncoder, embed
from bioscan.encoders.kmers import Tokens

_ENCODER = "encoder."


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
        InputError: it has other weights.
    """
    state = {
        name.removeprefix(_ENCODER): weight
        for name, weight in load_file(path).items()
        if name.startswith(_ENCODER)
    }
    try:
        encoder.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not a classifier of this encoder: {reason}") from error
    return encoder
