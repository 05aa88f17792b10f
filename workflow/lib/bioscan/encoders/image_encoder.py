"""Image encoders for embeddings, each with the preprocessing of its weights."""

from dataclasses import dataclass
from pathlib import Path

import torch
from timm.data import (
    IMAGENET_DEFAULT_MEAN,
    IMAGENET_DEFAULT_STD,
    IMAGENET_INCEPTION_MEAN,
    IMAGENET_INCEPTION_STD,
    OPENAI_CLIP_MEAN,
    OPENAI_CLIP_STD,
    resolve_data_config,
)

from bioscan.core.encoders import SEED
from bioscan.core.errors import InputError
from bioscan.encoders.image import Backbone, Classifier, build_backbone

#: Means and standard deviations of colours that weights were trained with.
NORMALISATIONS = {
    "imagenet": (IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD),
    "inception": (IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD),
    "clip": (OPENAI_CLIP_MEAN, OPENAI_CLIP_STD),
}


@dataclass(frozen=True)
class Preprocessing:
    """How an image is prepared for an encoder.

    Attributes:
        resize: shorter side that it is scaled to, pixels.
        crop: side of the square cut out of the middle, pixels.
        interpolation: `bilinear` or `bicubic`, over all pixels that a new one covers (Pillow).
        mean, std: of each channel, which normalise values from 0 to 1.
    """

    resize: int
    crop: int
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class ImageEncoder:
    """A model of uint8 images (n, 3, crop, crop) whose result is the embedding (n, dimension).

    Attributes:
        model: in evaluation mode.
        dimension: of an embedding.
        preprocessing: of the images.
    """

    model: Classifier
    dimension: int
    preprocessing: Preprocessing


def build_image_encoder(backbone: Backbone, weights: Path | None) -> ImageEncoder:
    """An encoder, with pretrained weights or randomly initialised with a fixed seed.

    Args:
        weights: a file in a published format (`image_weights`).

    Raises:
        InputError: timm has no such model, or the weights are those of another one; or its
            preprocessing is no centre crop.
    """
    torch.manual_seed(SEED)
    network = build_backbone(backbone, 0, weights, backbone.projection)
    preprocessing = preprocessing_of(network, backbone)
    model = Classifier(network, preprocessing.mean, preprocessing.std).eval()
    dimension = network.num_classes if backbone.projection else network.head_hidden_size
    return ImageEncoder(model, dimension, preprocessing)


def preprocessing_of(network: torch.nn.Module, backbone: Backbone) -> Preprocessing:
    """timm's preprocessing of a model, with the changes of the config.

    Raises:
        InputError: it is no centre crop of an image that is larger.
    """
    size, changes = backbone.options.get("img_size"), backbone.preprocessing
    found = resolve_data_config(
        {"input_size": (3, size, size)} if size else {},
        pretrained_cfg=network.pretrained_cfg,
        use_test_size=True,
    )
    crop = changes.get("crop", found["input_size"][-1])
    # Rounded down as timm does.
    resize = changes.get("resize", int(crop / found["crop_pct"]))
    interpolation = changes.get("interpolation", found["interpolation"])
    mean, std = NORMALISATIONS.get(changes.get("normalise"), (found["mean"], found["std"]))
    if found["crop_mode"] != "center" or interpolation not in ("bilinear", "bicubic"):
        raise InputError(
            f"config: encoders: timm prepares images for '{backbone.timm}' by crop mode "
            f"'{found['crop_mode']}' and interpolation '{interpolation}'; expected center and "
            "bilinear or bicubic, choose another model"
        )
    if resize < crop:
        raise InputError(
            f"config: encoders: images for '{backbone.timm}' are scaled to {resize} pixels and "
            f"cropped to {crop}; expected a `resize` of at least {crop}"
        )
    return Preprocessing(resize, crop, interpolation, tuple(mean), tuple(std))
