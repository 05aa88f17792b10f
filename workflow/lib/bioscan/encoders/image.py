"""Image classifiers: any timm backbone, and the files that hold a trained one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nextafter
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import save_for_hf
from torch import nn

from bioscan.core.errors import InputError
from bioscan.core.files import write_model
from bioscan.core.weights import CONFIG, read_config
from bioscan.encoders.image_weights import load_pretrained

#: Keys of timm's config on how images are prepared.
PREPROCESSING = ("input_size", "crop_pct", "crop_mode", "interpolation", "mean", "std")


@dataclass(frozen=True)
class Backbone:
    """A backbone as the config describes it.

    Attributes:
        timm: a timm name ("resnet50", "vit_base_patch16_224").
        options: passed on to timm (`img_size` of a ViT, for example).
        weights: the name of pretrained weights in the config. None: randomly initialised.
        projection: for embeddings, whether the head of the weights is part of the encoder: CLIP's
            projection into the space that images share with texts.
        preprocessing: for embeddings, what differs from timm's: `resize`, `crop`, `interpolation`,
            `normalise` (`encoders.image_encoder`).
    """

    timm: str
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: str | None = None
    projection: bool = False
    preprocessing: Mapping[str, Any] = field(default_factory=dict)


def build_backbone(
    backbone: Backbone, classes: int, weights: Path | None, projection: bool = False
) -> nn.Module:
    """A timm model with a head for `classes`.

    Args:
        classes: with none, the model has no head, and returns what a head would get.
        weights: pretrained weights of the same model in a published format, loaded without the
            head. A config.json of timm beside them gives the model's arguments, unless the options
            do, and its preprocessing. None: the model is randomly initialised.
        projection: whether the model keeps the head of its weights instead, as CLIP's does.

    Raises:
        InputError: timm has no such model, or the weights are those of another one.
    """
    saved = _saved_config(weights)
    name, options = backbone.timm, model_arguments(backbone, weights)
    head = {} if projection else {"num_classes": classes}
    try:
        model = timm.create_model(name, pretrained=False, **head, **options)
    except (RuntimeError, TypeError, AssertionError) as error:
        raise InputError(f"config: timm makes no '{name}' with {options} ({error})") from error
    if weights is not None:
        load_pretrained(model, name, weights, keep_head=projection)
    statistics = saved.get("pretrained_cfg", {})
    model.pretrained_cfg.update({k: statistics[k] for k in PREPROCESSING if k in statistics})
    return model


def model_arguments(backbone: Backbone, weights: Path | None) -> dict[str, Any]:
    """The arguments with which timm makes a backbone: those of its weights, and its options."""
    saved = _saved_config(weights).get("model_args", {})
    # The number of classes and all that follows from it is that of the new head.
    return {k: v for k, v in saved.items() if k != "num_classes"} | dict(backbone.options)


def _saved_config(weights: Path | None) -> dict[str, Any]:
    """The config.json beside weights; nothing where there is none."""
    path = weights and weights.with_name(CONFIG)
    return read_config(path) if path and path.is_file() else {}


def normalisation(backbone: nn.Module, normalise: bool) -> dict[str, list[float]]:
    """`mean` and `std` of each channel, for values from 0 to 1.

    They are those of the backbone's pretrained weights; without normalisation, as in the code
    released with 1M, they are 0 and 1.
    """
    if not normalise:
        return {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}
    return {key: list(backbone.pretrained_cfg[key]) for key in ("mean", "std")}


class Classifier(nn.Module):
    """A backbone that takes uint8 images (n, 3, h, w) and returns logits (n, classes)."""

    def __init__(self, backbone: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        """
        Args:
            mean, std: (3,) of each channel, for values from 0 to 1.
        """
        super().__init__()
        # Convolutions are one and a half times as fast in this format, on CPUs and GPUs.
        self.backbone = backbone.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        return self.backbone((images.float() / 255 - self.mean) / self.std)


def save_classifier(
    classifier: Classifier, description: Mapping[str, Any], sizes: tuple[int, int], folder: Path
) -> None:
    """Write model.safetensors and config.json in timm's own format.

    Anyone who has timm can load them (`timm.create_model("local-dir:…", pretrained=True)`), with
    the names of the classes (`label_names`) and the preprocessing.

    Args:
        description: `label_names`, the classes in order, and any other facts about the model.
        sizes: shorter side that images are resized to, and side of the square cut out of that,
            pixels.
    """
    image_size, crop_size = sizes
    preprocessing = {
        "input_size": (3, crop_size, crop_size),
        # A little less than the ratio, because timm truncates the image size it computes from it.
        "crop_pct": nextafter(crop_size / image_size, 0),
        "crop_mode": "center",
        "interpolation": "bilinear",
        **{key: getattr(classifier, key).flatten().tolist() for key in ("mean", "std")},
    }
    # Safetensors knows one memory format only.
    backbone = classifier.backbone.to(memory_format=torch.contiguous_format)
    # The tag and licence of the pretrained weights do not hold for the trained ones.
    config = {**description, "pretrained_cfg": {"tag": None, "license": None}}
    write_model(
        lambda scratch: save_for_hf(
            backbone, scratch, config, safe_serialization=True, data_config=preprocessing
        ),
        folder,
    )


def load_classifier(folder: Path) -> tuple[Classifier, dict[str, Any]]:
    """A trained classifier of uint8 images, and its config.json."""
    backbone = timm.create_model(f"local-dir:{folder}", pretrained=True)
    config = json.loads((folder / "config.json").read_text())
    return Classifier(backbone, *(config["pretrained_cfg"][key] for key in ("mean", "std"))), config


def preprocessing_sizes(config: Mapping[str, Any]) -> tuple[int, int]:
    """Image size and crop size of a classifier's config.json, as `save_classifier` got them."""
    crop_size = config["pretrained_cfg"]["input_size"][-1]
    return round(crop_size / config["pretrained_cfg"]["crop_pct"]), crop_size
