"""Towers small enough for tests."""

from typing import Any

import torch

from bioscan.core.encoders import Modality
from bioscan.encoders.towers import Tower, TowerSettings, build_tower

#: The encoders of a config.
ENCODERS: dict[Modality, dict[str, Any]] = {
    "image": {"timm": "test_vit", "options": {"img_size": 48}},
    "dna": {"dna": "barcodebert", "k": 4, "layers": 1, "heads": 2, "hidden_size": 16},
    "text": {"text": "bert", "max_tokens": 30, "layers": 1, "heads": 2, "hidden_size": 16},
}

MEAN = TowerSettings(
    dimension=8,
    dna_feature="mean",
    text_feature="mean",
    missing_ranks="left_out",
    image_size=56,
    crop_size=48,
    normalise=True,
)
RELEASED = TowerSettings(
    dimension=8,
    dna_feature="released",
    text_feature="released",
    missing_ranks="not_classified",
    image_size=56,
    crop_size=48,
    normalise=False,
)


def towers(settings: TowerSettings = MEAN) -> dict[Modality, Tower]:
    """One of each modality, randomly initialised."""
    torch.manual_seed(0)
    return {
        modality: build_tower(modality, modality, encoder, [], settings).eval()
        for modality, encoder in ENCODERS.items()
    }


def images(n: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, 3, 48, 48), dtype=torch.uint8, generator=generator)
