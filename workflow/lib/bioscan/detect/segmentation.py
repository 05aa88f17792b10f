"""A segmentation network as a detector: the box is drawn around the insect's pixels.

It is a named option beside the published method, for images that show one specimen. A small
segmentation network learns to find insects from some thousand wells, on a CPU, where a DETR of its
size does not: its loss has a term for each pixel of an image, that of a DETR has one box.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, pad

#: Pixels above this probability count as the insect's. It is low because thin legs and antennae
#: have low probabilities; chosen on simulated wells, where boxes were best with it.
PIXEL_THRESHOLD = 0.1

#: The score is the mean probability of the best square with this side, pixels: not all of an insect
#: need be probable, and a probable speck does not count. Chosen on simulated wells too, by the
#: empty wells recognised.
PATCH = 9

#: Where an insect is broken into pieces of similar size, the box holds them all; small pieces far
#: from it are left out (1M §A7.1). A piece counts if its mass is at least this share of the
#: largest one's.
MIN_PIECE = 0.4

#: Pixels above this probability are counted as the area of the insect, where PIXEL_THRESHOLD
#: would count its shadow too.
AREA_THRESHOLD = 0.5

#: Weight of a pixel of the insect, relative to one of the well, of which there are many more.
INSECT_WEIGHT = 3.0

#: Input sides are multiples of this, as the encoder halves them five times.
STRIDE = 32


class SegmentationDetector(nn.Module):
    """A network of segmentation_models_pytorch with the interface of a detector of transformers.

    It has one output channel: the logit of a pixel being the insect's.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        pixel_values: Tensor,
        pixel_mask: Tensor | None = None,
        labels: list[dict[str, Tensor]] | None = None,
    ) -> Any:
        """Predict; the output has `logits` (n, 1, h, w), and `loss` where there are labels.

        Args:
            pixel_values: images (n, 3, h, w); h and w are multiples of STRIDE.
            pixel_mask: unused; padding shows no insect.
            labels: `mask` (1, h, w) of each image.
        """
        logits = self.network(pixel_values)
        if labels is None:
            return SimpleNamespace(logits=logits)
        height, width = logits.shape[-2:]
        masks = [label["mask"] for label in labels]
        masks = torch.stack(
            [pad(m, (0, width - m.shape[-1], 0, height - m.shape[-2])) for m in masks]
        )
        return SimpleNamespace(logits=logits, loss=segmentation_loss(logits, masks))

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors."""
        self.network.save_pretrained(folder)


def is_segmentation_config(config: dict[str, Any]) -> bool:
    """Whether segmentation_models_pytorch wrote a config.json: it names the class in it."""
    return "_model_class" in config


def load_segmentation_detector(
    config: dict[str, Any], weights: Path | None
) -> SegmentationDetector:
    """A detector from the config.json of segmentation_models_pytorch.

    Args:
        config: the network's class (`_model_class`) and arguments.
        weights: folder with config.json and model.safetensors. None: randomly initialised.
    """
    if weights is not None:
        return SegmentationDetector(smp.from_pretrained(weights).train())
    arguments = {key: value for key, value in config.items() if not key.startswith("_")}
    return SegmentationDetector(getattr(smp, config["_model_class"])(**arguments))


def segmentation_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Weighted cross-entropy of the pixels, plus 1 - Dice of the images that show an insect.

    Args:
        logits, masks: (n, 1, h, w); masks from 0 to 1.
    """
    weight = torch.tensor(INSECT_WEIGHT, device=logits.device)
    entropy = binary_cross_entropy_with_logits(logits, masks, pos_weight=weight)
    found = logits.sigmoid()
    shared, total = (found * masks).sum((1, 2, 3)), (found + masks).sum((1, 2, 3))
    shown = (masks > 0).any(-1).any(-1).any(-1)
    dice = (1 - (2 * shared + 1) / (total + 1)) * shown
    return INSECT_WEIGHT * entropy + dice.sum() / shown.sum().clamp(min=1)


def box_of_mask(probabilities: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The box around the insect, its score, and its area.

    Args:
        probabilities: (h, w), of each pixel being the insect's.

    Returns:
        x0, y0, x1, y1 in fractions of the image, around the most probable pixel if none is above
        PIXEL_THRESHOLD; the mean probability of the most probable PATCH × PATCH pixels; and the
        fraction of the image above AREA_THRESHOLD, in the pieces that the box holds.
    """
    height, width = probabilities.shape
    score = float(cv2.boxFilter(probabilities, -1, (PATCH, PATCH)).max())
    held = _held(probabilities)
    if not held.any():
        held.flat[probabilities.argmax()] = True
    x, y = (np.flatnonzero(held.any(axis)) for axis in (0, 1))
    box = np.array([x[0], y[0], x[-1] + 1, y[-1] + 1])
    area = float((held & (probabilities > AREA_THRESHOLD)).mean())
    return (box / [width, height, width, height]).astype(np.float32), score, area


def mask_of(probabilities: np.ndarray) -> np.ndarray:
    """The pixels that are counted as the area of the insect.

    Args:
        probabilities: (h, w), of each pixel being the insect's.

    Returns:
        (h, w), those above AREA_THRESHOLD in the pieces that the box holds.
    """
    return _held(probabilities) & (probabilities > AREA_THRESHOLD)


def _held(probabilities: np.ndarray) -> np.ndarray:
    """The pixels (h, w) of the pieces that the box holds: none where all are improbable."""
    found = (probabilities > PIXEL_THRESHOLD).astype(np.uint8)
    pieces, labelled = cv2.connectedComponents(found)
    if pieces == 1:  # the background
        return np.zeros(found.shape, bool)
    mass = np.bincount(labelled.ravel(), probabilities.ravel())[1:]
    return np.append(False, mass >= MIN_PIECE * mass.max())[labelled]
