"""The detector, a DETR-family model or a segmentation network, and its preprocessing."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForObjectDetection,
    PreTrainedConfig,
    PreTrainedModel,
)

from bioscan.core.errors import InputError, first_ten
from bioscan.core.files import write_model
from bioscan.detect.normalisation import normalise
from bioscan.detect.segmentation import (
    STRIDE,
    SegmentationDetector,
    is_segmentation_config,
    load_segmentation_detector,
    wrong_outputs,
)
from bioscan.detect.settings import DetectorSettings

#: Parameters of a ResNet that DETR keeps frozen, as transformers and as timm call them.
STEM_AND_FIRST_STAGE = re.compile(r"backbone\..*(embedder|stages\.0|model\.conv1|layer1)\.")

#: Parameters of the head that classifies, which is another one for other classes: of a DETR, and of
#: an RT-DETR and its kin (of each decoder layer, of the encoder, and their embeddings of classes).
HEAD = re.compile(r"class_labels_classifier|class_embed|score_head|denoising_class_embed")

#: The one category (1M §4.2: "insect" or "no object").
INSECT = 0


def load_detector(
    weights: Path, encoder: Path | None = None
) -> PreTrainedModel | SegmentationDetector:
    """A detector with one class, from a folder with config.json and, where trained, weights.

    `config.json` decides the kind of detector. A classification head for other classes (COCO's 91)
    is replaced by a new one. Without model.safetensors the model is randomly initialised.

    Args:
        weights: the folder.
        encoder: pretrained weights of timm for the encoder of a segmentation network.

    Raises:
        InputError: no config.json in the folder, outputs in it that are none of a detector's,
            other weights than it describes, or an encoder for a model that has none.
    """
    if not (weights / "config.json").is_file():
        raise InputError(f"{weights}: no config.json of a detector")
    trained = weights if (weights / "model.safetensors").is_file() else None
    config = json.loads((weights / "config.json").read_text())
    if is_segmentation_config(config):
        if wrong := wrong_outputs(config):
            raise InputError(f"{weights}/config.json: {wrong}")
        model = load_segmentation_detector(config, trained, encoder)
    elif encoder is not None:
        raise InputError(
            f"{weights}: a DETR-family model takes no `encoder`, its backbone is its own"
        )
    else:
        model = _load_detr(weights, trained)
    # Convolutions on a CPU are up to 1.6 times as fast in this format.
    return model.to(memory_format=torch.channels_last)


def _load_detr(architecture: Path, weights: Path | None) -> PreTrainedModel:
    config = AutoConfig.from_pretrained(architecture, local_files_only=True, num_labels=1)
    if weights is None:
        model = AutoModelForObjectDetection.from_config(config)
    else:
        model = _load_weights(weights, config)
    _set_trainable(model)
    return model


def _load_weights(weights: Path, config: PreTrainedConfig) -> PreTrainedModel:
    """The model with all of its weights, but those of a head for other classes.

    transformers alone would leave what the file lacks as it was initialised, with a warning.
    """
    try:
        model, loaded = AutoModelForObjectDetection.from_pretrained(
            weights,
            config=config,
            ignore_mismatched_sizes=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{weights}/model.safetensors: not a safetensors file ({error})"
        ) from error
    others = sorted(name for name, *_ in loaded["mismatched_keys"] if not HEAD.search(name))
    lacking = sorted([*loaded["missing_keys"], *others])
    if lacking:
        raise InputError(
            f"{weights}/model.safetensors: not the weights of its config.json, {len(lacking)} are "
            f"missing or of another shape: {first_ten(lacking)}"
        )
    return model


def _set_trainable(model: PreTrainedModel) -> None:
    """Train everything but, in a ResNet backbone, the stem and first stage, as DETR does.

    transformers 5.23 leaves no parameter of its own ResNet trainable (it looks for "stage.1" in
    names that read "stages.1") and freezes nothing in timm's ResNet (which the published weights
    have), so it is set here.
    """
    backbone = getattr(model.config, "backbone_config", None)
    kind = getattr(backbone, "model_type", "")
    resnet = kind == "resnet" or (kind == "timm_backbone" and "resnet" in backbone.backbone)
    for name, parameter in model.named_parameters():
        frozen = resnet and STEM_AND_FIRST_STAGE.search(name) is not None
        parameter.requires_grad_(not frozen)


def save_detector(model: PreTrainedModel | SegmentationDetector, folder: Path) -> None:
    """Write config.json and model.safetensors, each whole or not at all."""
    write_model(model.save_pretrained, folder)


@dataclass(frozen=True)
class Scaling:
    """The size at which a detector sees images.

    Attributes:
        shortest: pixels of the shorter side,
        longest: but of the longer one at the most, as in DETR; the aspect is kept.
        fixed: stretch to `longest` × `shortest` instead, whatever the aspect.
        multiple: both sides are rounded to multiples of this.
    """

    shortest: int
    longest: int
    fixed: bool = False
    multiple: int = 1

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The scaled (width, height) of an image of this width and height."""
        if self.fixed:
            return self.longest, self.shortest
        scale = min(self.shortest / min(width, height), self.longest / max(width, height))
        return self._whole(width * scale), self._whole(height * scale)

    def _whole(self, edge: float) -> int:
        return self.multiple * max(1, round(edge / self.multiple))


def scaling_of(
    model: PreTrainedModel | SegmentationDetector, settings: DetectorSettings
) -> Scaling:
    """The scaling that a model needs, within the edges of its settings, times their zoom.

    RT-DETR takes no padding, so its size is fixed; the sides of a segmentation network's input are
    multiples of its coarsest stride.

    Raises:
        InputError: a fixed size that does not divide by the model's coarsest stride.
    """
    shortest, longest = (
        settings.zoom * edge for edge in (settings.shortest_edge, settings.longest_edge)
    )
    if isinstance(model, SegmentationDetector):
        return Scaling(shortest, longest, multiple=settings.zoom * STRIDE)
    strides = getattr(model.config, "feat_strides", None)
    for key in ("shortest_edge", "longest_edge"):
        edge = getattr(settings, key)
        if strides and edge % max(strides):
            raise InputError(
                f"config: a detector's {key} is {edge}, expected a multiple of {max(strides)} "
                f"for one of type {model.config.model_type}"
            )
    return Scaling(shortest, longest, fixed=strides is not None, multiple=settings.zoom)


def prepare(pixels: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """A decoded image (height, width, 3) as normalised float32 (3, size[1], size[0])."""
    return normalise(torch.from_numpy(resize(pixels, size)).permute(2, 0, 1))


def resize(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale pixels (height, width, ...) to a (width, height)."""
    shrinking = size[0] < pixels.shape[1]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)


def batch_images(images: Sequence[torch.Tensor]) -> dict[str, torch.Tensor]:
    """Pad images (3, h, w) to one size: `pixel_values`, and `pixel_mask`, 0 where padded."""
    height = max(image.shape[1] for image in images)
    width = max(image.shape[2] for image in images)
    values = torch.zeros(len(images), 3, height, width)
    mask = torch.zeros(len(images), height, width, dtype=torch.long)
    for row, image in enumerate(images):
        _, h, w = image.shape
        values[row, :, :h, :w] = image
        mask[row, :h, :w] = 1
    return {"pixel_values": values, "pixel_mask": mask}
