"""Published detectors as they are saved, with random weights."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import DetrConfig, DetrForObjectDetection


def save_checkpoint(path: Path, seed: int) -> None:
    """Write a Lightning checkpoint of a DETR-R50 under the names of transformers 4."""
    torch.manual_seed(seed)
    saved = path.with_suffix("")
    DetrForObjectDetection(DetrConfig(num_labels=1)).save_pretrained(saved)
    weights = load_file(saved / "model.safetensors")
    state = {f"model.{name}": weight for name, weight in weights.items()}
    torch.save({"state_dict": state, "pytorch-lightning_version": "2.0.0"}, path)
