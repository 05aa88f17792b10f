"""Classifiers: any timm backbone, trained with cross-entropy or focal loss."""

import json
from collections.abc import Mapping, Sequence
from math import nextafter
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import lightning
import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.models import save_for_hf
from timm.optim import create_optimizer_v2
from torch import nn
from torch.nn import functional
from torchmetrics.classification import MulticlassStatScores

from bioscan.core.errors import InputError
from bioscan.core.files import atomic


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


def normalisation(backbone: nn.Module, normalise: bool) -> dict[str, list[float]]:
    """`mean` and `std` of each channel, of values from 0 to 1.

    They are those that the backbone's pretrained weights were made with; without normalisation, as
    in the code released with 1M, 0 and 1.
    """
    if not normalise:
        return {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}
    return {key: list(backbone.pretrained_cfg[key]) for key in ("mean", "std")}


def save_classifier(
    classifier: "Classifier", description: Mapping[str, Any], sizes: tuple[int, int], folder: Path
) -> None:
    """Write model.safetensors and config.json in timm's own format.

    Whoever has timm can load them (`timm.create_model("local-dir:…", pretrained=True)`), with the
    names of the classes (`label_names`) and the preprocessing.

    Args:
        description: `label_names`, the classes in order, and what else is to be known of the model.
        sizes: shorter side that images are brought to, and side of the square cut out of
            that, pixels.
    """
    image_size, crop_size = sizes
    preprocessing = {
        "input_size": (3, crop_size, crop_size),
        # A little less, because timm cuts off the image size that it works out from this.
        "crop_pct": nextafter(crop_size / image_size, 0),
        "crop_mode": "center",
        "interpolation": "bilinear",
        **{key: getattr(classifier, key).flatten().tolist() for key in ("mean", "std")},
    }
    # Safetensors knows one memory format only.
    backbone = classifier.backbone.to(memory_format=torch.contiguous_format)
    # What timm knows of the pretrained weights does not hold for these.
    config = {**description, "pretrained_cfg": {"tag": None, "license": None}}
    with TemporaryDirectory() as scratch:
        save_for_hf(backbone, scratch, config, safe_serialization=True, data_config=preprocessing)
        for name in ("model.safetensors", "config.json"):
            with atomic(folder / name) as partial:
                copyfile(Path(scratch, name), partial)


def load_classifier(folder: Path) -> tuple["Classifier", dict[str, Any]]:
    """A trained classifier of uint8 images, and its config.json."""
    backbone = timm.create_model(f"local-dir:{folder}", pretrained=True)
    config = json.loads((folder / "config.json").read_text())
    return Classifier(backbone, *(config["pretrained_cfg"][key] for key in ("mean", "std"))), config


def preprocessing_sizes(config: Mapping[str, Any]) -> tuple[int, int]:
    """Image size and crop size of a classifier, as `save_classifier` was given them."""
    crop_size = config["pretrained_cfg"]["input_size"][-1]
    return round(crop_size / config["pretrained_cfg"]["crop_pct"]), crop_size


class Classifier(nn.Module):
    """A backbone that takes uint8 images (n, 3, h, w) and gives logits (n, classes)."""

    def __init__(self, backbone: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        # Convolutions are faster by half so, on CPUs and GPUs.
        self.backbone = backbone.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        return self.backbone((images.float() / 255 - self.mean) / self.std)


class FocalLoss(nn.Module):
    """Focal loss α·(1 − p)^γ · cross-entropy, p being the probability of the true class.

    Lin et al. 2017 (ICCV), for several classes. 1M gives neither γ nor α (§A6.2); the released code
    has γ = 2 and no α.
    """

    def __init__(self, gamma: float, alpha: torch.Tensor) -> None:
        """
        Args:
            alpha: (classes,) weights.
        """
        super().__init__()
        self.gamma = gamma
        self.register_buffer("alpha", alpha, persistent=False)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over samples: (n, classes) and (n,) → a scalar."""
        entropy = functional.cross_entropy(logits, target, reduction="none")
        # Not quite 0 where the answer is certain: there the slope of a power below 1 is infinite.
        doubt = (1 - torch.exp(-entropy)).clamp_min(torch.finfo(entropy.dtype).eps)
        return (self.alpha[target] * doubt**self.gamma * entropy).mean()


def class_weights(alpha: float | str | None, counts: Sequence[int]) -> torch.Tensor:
    """α of each class, (classes,).

    Args:
        alpha: None for 1; a number for all; or "inverse_frequency": what makes all classes count
            the same in a pass over the training split, 1 on average over its samples.
        counts: training samples of each class.
    """
    if alpha == "inverse_frequency":
        return sum(counts) / (len(counts) * torch.tensor(counts, dtype=torch.float32))
    return torch.full((len(counts),), 1.0 if alpha is None else float(alpha))


class ClassifierModule(lightning.LightningModule):
    """A classifier with its loss, optimiser and validation metrics.

    Logs `val_loss`, `val_top1` (micro) and `val_macro_top1` each epoch.
    """

    def __init__(
        self, classifier: Classifier, counts: Sequence[int], settings: Mapping[str, Any]
    ) -> None:
        """
        Args:
            counts: training samples of each class.
            settings: a recipe of the config, and `loss`.
        """
        super().__init__()
        self.classifier = classifier
        self.settings = settings
        self.loss: nn.Module = nn.CrossEntropyLoss()
        if settings["loss"] == "focal":
            alpha = class_weights(settings["focal_alpha"], counts)
            self.loss = FocalLoss(settings["focal_gamma"], alpha)
        self.scores = MulticlassStatScores(len(counts), average="none")

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        images, target = batch
        return self.loss(self.classifier(images), target)

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> None:
        images, target = batch
        logits = self.classifier(images)
        self.scores.update(logits, target)
        self.log("val_loss", self.loss(logits, target), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        right, *_, samples = self.scores.compute().unbind(dim=1)
        present = samples > 0
        self.log("val_top1", right.sum() / samples.sum())
        self.log("val_macro_top1", (right[present] / samples[present]).mean())
        self.scores.reset()

    def configure_optimizers(self) -> dict[str, Any]:
        recipe = self.settings
        # timm's sgd is Nesterov's otherwise, and spares biases and norms the weight decay.
        nesterov = {"nesterov": recipe["nesterov"]} if recipe["optimizer"] == "sgd" else {}
        try:
            optimizer = create_optimizer_v2(
                self.classifier,
                opt=recipe["optimizer"],
                lr=recipe["learning_rate"],
                momentum=recipe["momentum"],
                weight_decay=recipe["weight_decay"],
                filter_bias_and_bn=False,
                **nesterov,
            )
        except ValueError as error:
            raise InputError(
                f"config: timm makes no optimizer '{recipe['optimizer']}' ({error})"
            ) from error
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, recipe["decay_epochs"])
        return {"optimizer": optimizer, "lr_scheduler": schedule}
