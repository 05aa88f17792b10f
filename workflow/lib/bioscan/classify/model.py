"""Classifiers: any timm backbone, trained with cross-entropy or focal loss."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning
import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from timm.optim import create_optimizer_v2
from torch import nn
from torch.nn import functional
from torchmetrics.classification import MulticlassAccuracy

from bioscan.core.errors import InputError
from bioscan.core.files import atomic, write_json

#: ImageNet statistics: what the pretrained backbones were normalised with.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def build_backbone(
    name: str, classes: int, options: Mapping[str, Any], weights: Path | None
) -> nn.Module:
    """A timm model with a head for `classes`.

    Args:
        name: a timm name ("resnet50", "vit_base_patch16_224").
        options: passed on to timm (`img_size` of a ViT, for example).
        weights: pretrained safetensors of the same model; its head is left out.
    """
    try:
        model = timm.create_model(name, pretrained=False, num_classes=classes, **options)
    except (RuntimeError, TypeError) as error:
        raise InputError(
            f"config: timm makes no '{name}' with {dict(options)} ({error})"
        ) from error
    if weights is not None:
        try:
            state = load_file(weights)
        except (OSError, SafetensorError) as error:
            raise InputError(f"{weights}: not a safetensors file ({error})") from error
        heads = model.pretrained_cfg.get("classifier", ())
        heads = (heads,) if isinstance(heads, str) else tuple(heads)
        kept = {k: v for k, v in state.items() if not k.startswith(tuple(f"{h}." for h in heads))}
        try:
            missing, unexpected = model.load_state_dict(kept, strict=False)
        except RuntimeError as error:  # a name that fits, with another shape
            first = str(error).splitlines()[1].strip()
            raise InputError(f"{weights}: not the weights of {name}: {first}") from error
        strangers = [k for k in missing if not k.startswith(heads)] + list(unexpected)
        if strangers:
            raise InputError(f"{weights}: not the weights of {name}: {strangers[:5]}")
    return model


def save_classifier(backbone: nn.Module, description: Mapping[str, Any], folder: Path) -> None:
    """Write model.safetensors, and model.json: all that is needed to use it elsewhere.

    Args:
        description: timm (name), options, classes in order, image_size, crop_size, …
    """
    with atomic(folder / "model.safetensors") as partial:
        save_file(backbone.state_dict(), partial)
    write_json({**description, "mean": MEAN, "std": STD}, folder / "model.json")


def load_classifier(folder: Path) -> tuple["Normalised", dict[str, Any]]:
    """A trained classifier of uint8 photographs, and its description."""
    description = json.loads((folder / "model.json").read_text())
    backbone = build_backbone(
        description["timm"], len(description["classes"]), description["options"], None
    )
    backbone.load_state_dict(load_file(folder / "model.safetensors"))
    return Normalised(backbone), description


class Normalised(nn.Module):
    """A backbone that takes uint8 photographs (n, 3, h, w) and gives logits (n, classes)."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(3, 1, 1), persistent=False)

    def forward(self, photographs: torch.Tensor) -> torch.Tensor:
        return self.backbone((photographs.float() / 255 - self.mean) / self.std)


def focal_loss(logits: torch.Tensor, target: torch.Tensor, gamma: float) -> torch.Tensor:
    """Mean focal loss, (1 − p)^γ · cross-entropy, without class weights (as released).

    Args:
        logits: (n, classes).
        target: (n,) classes.
    """
    entropy = functional.cross_entropy(logits, target, reduction="none")
    # Not quite 0 where the answer is certain: there the slope of a power below 1 is infinite.
    doubt = (1 - torch.exp(-entropy)).clamp_min(torch.finfo(entropy.dtype).eps)
    return (doubt**gamma * entropy).mean()


class ClassifierModule(lightning.LightningModule):
    """A backbone with its loss, optimiser and validation metrics.

    Logs `train_loss`, `val_loss`, `val_top1` (micro) and `val_macro_top1` each epoch.
    """

    def __init__(self, backbone: nn.Module, classes: int, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.network = Normalised(backbone)
        self.settings = settings
        self.top1 = MulticlassAccuracy(classes, average="micro")
        self.macro_top1 = MulticlassAccuracy(classes, average="macro")

    def _loss(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if self.settings["loss"] == "focal":
            return focal_loss(logits, target, self.settings["focal_gamma"])
        return functional.cross_entropy(logits, target)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        photographs, target = batch
        loss = self._loss(self.network(photographs), target)
        self.log("train_loss", loss, on_step=False, on_epoch=True, sync_dist=True)
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> None:
        photographs, target = batch
        logits = self.network(photographs)
        self.top1(logits, target)
        self.macro_top1(logits, target)
        self.log("val_loss", self._loss(logits, target), sync_dist=True)
        self.log("val_top1", self.top1)
        self.log("val_macro_top1", self.macro_top1)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return create_optimizer_v2(
            self.network,
            opt=self.settings["optimizer"],
            lr=self.settings["learning_rate"],
            weight_decay=self.settings["weight_decay"],
            momentum=self.settings["momentum"],
        )
