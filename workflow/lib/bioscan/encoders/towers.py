"""Towers: encoders of images, DNA and text, each with a head into one space of unit vectors."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional as F
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertPredictionHeadTransform

from bioscan.core.encoders import Modality, Pooling
from bioscan.core.errors import InputError
from bioscan.core.texts import MissingRanks
from bioscan.encoders.barcodebert import BarcodeBert
from bioscan.encoders.checkpoints import load_strictly, read_checkpoint, tensors
from bioscan.encoders.dna import build_dna_encoder, encoder_settings
from bioscan.encoders.dna_encoder import embed, masked_mean
from bioscan.encoders.image import (
    Backbone,
    Classifier,
    build_backbone,
    model_arguments,
    normalisation,
)
from bioscan.encoders.image_encoder import Preprocessing
from bioscan.encoders.kmers import Tokens
from bioscan.encoders.text import TextEncoder, build_text_encoder, text_settings

#: How the tokens of a barcode or a text become one vector. `mean`: the mean of its own, and a
#: linear head. `released`, as in the code of the time of 5M §4.4: of all positions, padding too; of
#: DNA the mean of a softmax over the outputs of the head, which has the place of the decoder of a
#: masked language model.
Feature = Literal["mean", "released"]

#: Values of BertConfig that make a model.
_BERT = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
    "hidden_act",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "layer_norm_eps",
)

#: Below this prefix a masked language model has the layers between its encoder and its decoder.
_TRANSFORM = "cls.predictions.transform."


@dataclass(frozen=True)
class TowerSettings:
    """The settings of a recipe that the towers depend on.

    Attributes:
        dimension: of the shared space.
        dna_feature, text_feature: `Feature`.
        missing_ranks: what stands in a text for a rank without label.
        image_size, crop_size: shorter side that images are resized to, and side of the square cut
            out of that, pixels.
        normalise: whether colours are normalised as for the pretrained weights.
    """

    dimension: int
    dna_feature: Feature
    text_feature: Feature
    missing_ranks: MissingRanks
    image_size: int
    crop_size: int
    normalise: bool

    @classmethod
    def of(cls, recipe: object) -> "TowerSettings":
        """Those of a recipe: its values of the same names."""
        return cls(**{field.name: getattr(recipe, field.name) for field in fields(cls)})


class Tower(nn.Module, ABC):
    """An encoder and a head: inputs of one modality → (n, dimension) unit vectors, float32.

    Attributes:
        encoder: without its own head.
        head: into the shared space.
        dimension: of that space.
        description: all that `rebuild_tower` makes the same tower from, but for the weights.
    """

    encoder: nn.Module
    head: nn.Module
    dimension: int
    description: dict[str, Any]

    @abstractmethod
    def features(self, *inputs: torch.Tensor) -> torch.Tensor:
        """(n, dimension), of any length."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return F.normalize(self.features(*inputs).float(), dim=-1)

    def train(self, mode: bool = True) -> "Tower":
        """Without dropout in a frozen encoder, whose statistics stay too."""
        super().train(mode)
        if not any(weight.requires_grad for weight in self.encoder.parameters()):
            self.encoder.eval()
        return self


class ImageTower(Tower):
    """Takes uint8 images (n, 3, crop_size, crop_size)."""

    def __init__(self, backbone: Backbone, preprocessing: Preprocessing, dimension: int) -> None:
        super().__init__()
        self.preprocessing, self.dimension = preprocessing, dimension
        network = build_backbone(backbone, 0, None, backbone.projection)
        width = network.num_classes if backbone.projection else network.head_hidden_size
        self.encoder = Classifier(network, preprocessing.mean, preprocessing.std)
        self.head = nn.Linear(width, dimension)
        self.description = {
            "timm": backbone.timm,
            "options": dict(backbone.options),
            "projection": backbone.projection,
            "preprocessing": asdict(preprocessing),
        }

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(images))


class DnaTower(Tower):
    """Takes the tensors of `Tokens`."""

    def __init__(self, config: BertConfig, feature: Feature, dimension: int) -> None:
        super().__init__()
        self.encoder, self.feature, self.dimension = BarcodeBert(config), feature, dimension
        self.head: nn.Module = nn.Linear(config.hidden_size, dimension)
        if feature == "released":
            transform = BertPredictionHeadTransform(config).requires_grad_(False)
            self.head = nn.ModuleDict({"transform": transform, "decoder": self.head})
        self.description = {"bert": _values(config), "feature": feature}

    def tokenize(self, sequences: Sequence[str]) -> Tokens:
        return self.encoder.tokenize(sequences, pooling_of(self.feature))

    def features(self, *tokens: torch.Tensor) -> torch.Tensor:
        if self.feature == "mean":
            return self.head(embed(self.encoder, Tokens(*tokens)))
        hidden = self.head["transform"](self.encoder(Tokens(*tokens)))
        outputs = self.head["decoder"](hidden).float().softmax(dim=-1)
        return masked_mean(outputs, Tokens(*tokens).mask)


class TextTower(Tower):
    """Takes the tensors of `Tokens`."""

    def __init__(
        self,
        config: BertConfig,
        vocabulary: Sequence[str],
        max_tokens: int,
        feature: Feature,
        missing_ranks: MissingRanks,
        dimension: int,
    ) -> None:
        super().__init__()
        self.encoder = TextEncoder(config, vocabulary, max_tokens)
        self.feature, self.missing_ranks, self.dimension = feature, missing_ranks, dimension
        self.head = nn.Linear(config.hidden_size, dimension)
        self.description = {
            "bert": _values(config),
            "max_tokens": max_tokens,
            "feature": feature,
            "missing_ranks": missing_ranks,
            "vocabulary": list(vocabulary),
        }

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        return self.encoder.tokenize(texts, pooling_of(self.feature))

    def features(self, *tokens: torch.Tensor) -> torch.Tensor:
        return self.head(embed(self.encoder, Tokens(*tokens)))


def pooling_of(feature: Feature) -> Pooling:
    """The positions that a feature is the mean of."""
    return "masked" if feature == "mean" else "released"


def _values(config: BertConfig) -> dict[str, Any]:
    return {key: getattr(config, key) for key in _BERT}


def rebuild_tower(modality: Modality, description: Mapping[str, Any], dimension: int) -> Tower:
    """A randomly initialised tower from the description of one."""
    given = dict(description)
    if modality == "image":
        preprocessing = Preprocessing(**given.pop("preprocessing"))
        return ImageTower(Backbone(**given), preprocessing, dimension)
    config = BertConfig(**given.pop("bert"))
    if modality == "dna":
        return DnaTower(config, **given, dimension=dimension)
    return TextTower(config, **given, dimension=dimension)


def build_tower(
    modality: Modality,
    name: str,
    encoder: Mapping[str, Any],
    weights: Sequence[Path],
    settings: TowerSettings,
) -> Tower:
    """A tower whose encoder has its pretrained weights, with a head that is randomly initialised.

    Args:
        name: of the encoder in the config, for messages.
        encoder: its settings there.
        weights: the file with its weights, and others of its model; none: randomly initialised.

    Raises:
        InputError: the encoder cannot be aligned, or the weights are those of another.
    """
    builders = {"image": _image_tower, "dna": _dna_tower, "text": _text_tower}
    return builders[modality](name, encoder, weights, settings)


def _image_tower(
    name: str, encoder: Mapping[str, Any], weights: Sequence[Path], settings: TowerSettings
) -> ImageTower:
    backbone = Backbone(**encoder)
    file = weights[0] if weights else None
    network = build_backbone(backbone, 0, file, backbone.projection)
    _require_size(network, name, settings.crop_size)
    statistics = normalisation(network, settings.normalise)
    preprocessing = Preprocessing(
        settings.image_size,
        settings.crop_size,
        "bilinear",
        *(tuple(statistics[key]) for key in ("mean", "std")),
    )
    plain = Backbone(backbone.timm, model_arguments(backbone, file), projection=backbone.projection)
    tower = ImageTower(plain, preprocessing, settings.dimension)
    tower.encoder.backbone.load_state_dict(network.state_dict())
    return tower


def _require_size(network: nn.Module, name: str, crop_size: int) -> None:
    """Refuse images of a size that a ViT has no positions for."""
    patches = getattr(network, "patch_embed", None)
    sides = getattr(patches, "img_size", None)
    if sides and getattr(patches, "strict_img_size", True) and set(sides) != {crop_size}:
        raise InputError(
            f"config: the recipe's crop_size is {crop_size}, and the encoder '{name}' takes images "
            f"of {sides[0]} pixels; expected the same, or its options: {{ img_size: {crop_size} }}"
        )


def _dna_tower(
    name: str, encoder: Mapping[str, Any], weights: Sequence[Path], settings: TowerSettings
) -> DnaTower:
    file = weights[0] if weights else None
    network = build_dna_encoder(encoder_settings(encoder), file)
    if not isinstance(network, BarcodeBert):
        raise InputError(
            f"config: the encoder '{name}' has dna: {encoder['dna']}, which cannot be aligned; "
            "expected barcodebert"
        )
    tower = DnaTower(network.bert.config, settings.dna_feature, settings.dimension)
    tower.encoder.load_state_dict(network.state_dict())
    if settings.dna_feature == "released" and file is not None:
        _load_transform(tower, file)
    return tower


def _load_transform(tower: DnaTower, path: Path) -> None:
    """The layers below the decoder; those of a file without them stay random, as released."""
    found = read_checkpoint(path)
    state = tensors(found.get("model", found), path, ("module.",))
    layers = {k.removeprefix(_TRANSFORM): v for k, v in state.items() if k.startswith(_TRANSFORM)}
    if layers:
        load_strictly(tower.head["transform"], layers, path, "BertForMaskedLM")


def _text_tower(
    name: str, encoder: Mapping[str, Any], weights: Sequence[Path], settings: TowerSettings
) -> TextTower:
    network = build_text_encoder(text_settings(encoder), weights)
    tower = TextTower(
        network.bert.config,
        network.vocabulary,
        network.max_tokens,
        settings.text_feature,
        settings.missing_ranks,
        settings.dimension,
    )
    tower.encoder.load_state_dict(network.state_dict())
    return tower
