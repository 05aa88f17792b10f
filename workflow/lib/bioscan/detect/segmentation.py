"""A segmentation network as a detector: the box is drawn around the insect's pixels.

It is a named option beside the published method, for images that show one specimen. A small
segmentation network learns to find insects from some thousand wells, on a CPU, where a DETR of its
size does not: its loss has a term for each pixel of an image, that of a DETR has one box.
"""

import copy
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, nll_loss, pad
from torchvision.ops import box_iou, masks_to_boxes

from bioscan.core.errors import InputError
from bioscan.detect.normalisation import MEAN, STD
from bioscan.encoders.checkpoints import load_strictly, read_checkpoint

#: Pixels above this probability count as the insect's. It is low because thin legs and antennae
#: have low probabilities. Chosen on the real wells to choose on (`bench_wells.py`).
PIXEL_THRESHOLD = 0.3

#: Without a verdict, the score is the mean probability of the best square with this side, pixels:
#: not all of an insect need be probable, and a probable speck does not count. Chosen on simulated
#: wells, by the empty wells recognised.
PATCH = 9

#: Where an insect is broken into pieces of similar size, the box holds them all; small pieces far
#: from it are left out (1M §A7.1). A piece counts if its mass is at least this share of the
#: largest one's: with less, boxes hold the second insect of a well. Chosen on the real wells to
#: choose on (`bench_wells.py`).
MIN_PIECE = 0.8

#: Pixels above this probability are counted as the area of the insect, where PIXEL_THRESHOLD
#: would count its shadow too.
AREA_THRESHOLD = 0.5

#: Weight of a pixel of the insect, relative to one of the well, of which there are many more.
INSECT_WEIGHT = 3.0

#: Sides of a box are found to within as many pixels, the resolution of a decoder's last features.
CELL = 4

#: Overlap that is expected of any box of an insect that is there, for its score.
WORST = 0.01

#: Input sides are multiples of this, as the encoder halves them five times.
STRIDE = 32


#: An encoder's first layers, which stay as they were pretrained, as in DETR (`STEM_AND_FIRST_STAGE`
#: of a ResNet): these of timm's EfficientNets, up to a quarter of the image's sides.
FIRST_LAYERS = re.compile(r"(conv_stem|bn1|blocks\.[01])\b")

#: Layers of these behind the last stage, which a detector has no use for.
LAST_LAYERS = ("conv_head.", "bn2.", "classifier.")


class SegmentationDetector(nn.Module):
    """A network of segmentation_models_pytorch with the interface of a detector of transformers.

    Its first output channel is the logit of a pixel being the insect's. It may have four more
    (`classes: 5` in its config.json), for the sides of the box: of a pixel being the insect's first
    from the left, from above, from the right and from below. It may have a head with two outputs
    (`aux_params`) beside them, the verdict: the logits of an insect being in the image, and of the
    overlap (IoU) of what is predicted with the insect: of their boxes, or without channels for
    the sides, of their pixels.
    """

    def __init__(self, network: nn.Module, pretrained: bool = False) -> None:
        """
        Args:
            network: of segmentation_models_pytorch.
            pretrained: whether its encoder comes from another training. Its first layers and the
                statistics of its batch normalisations are frozen then, as those of DETR's backbone.
        """
        super().__init__()
        self.network = network
        self.pretrained = pretrained
        if pretrained:
            for name, parameter in self.encoder.named_parameters():
                parameter.requires_grad_(not FIRST_LAYERS.match(name))

    @property
    def encoder(self) -> nn.Module:
        """The encoder, a model of timm."""
        return self.network.encoder.model

    def train(self, mode: bool = True) -> "SegmentationDetector":
        """Set the mode of all but the batch normalisations of a pretrained encoder."""
        super().train(mode)
        if self.pretrained:
            for module in self.encoder.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def forward(
        self,
        pixel_values: Tensor,
        pixel_mask: Tensor | None = None,
        labels: list[dict[str, Tensor]] | None = None,
    ) -> Any:
        """Predict.

        Args:
            pixel_values: images (n, 3, h, w); h and w are multiples of STRIDE.
            pixel_mask: unused; padding shows no insect.
            labels: `mask` (1, h, w) of each image.

        Returns:
            An object with `logits` (n, 1 or 5, h, w), `verdicts` (n, 2) or None, and `loss` where
            there are labels.
        """
        outputs = self.network(pixel_values)
        logits, verdicts = outputs if isinstance(outputs, tuple) else (outputs, None)
        if labels is None:
            return SimpleNamespace(logits=logits, verdicts=verdicts)
        height, width = logits.shape[-2:]
        masks = [label["mask"] for label in labels]
        masks = torch.stack(
            [pad(m, (0, width - m.shape[-1], 0, height - m.shape[-2])) for m in masks]
        )
        return SimpleNamespace(
            logits=logits, verdicts=verdicts, loss=detection_loss(logits, verdicts, masks)
        )

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors, in half precision: half as large."""
        copy.deepcopy(self.network).half().save_pretrained(folder)


def is_segmentation_config(config: dict[str, Any]) -> bool:
    """Whether segmentation_models_pytorch wrote a config.json: it names the class in it."""
    return "_model_class" in config


def wrong_outputs(config: dict[str, Any]) -> str | None:
    """What is wrong with the outputs that a config.json gives a network; None if nothing is."""
    channels, verdict = config.get("classes", 1), config.get("aux_params")
    if not hasattr(smp, config["_model_class"]):
        return f"segmentation_models_pytorch has no {config['_model_class']}"
    if channels not in (1, 5):
        return f"classes is {channels}, expected 1 (pixels) or 5 (pixels and the sides of the box)"
    if verdict is not None and verdict.get("classes") != 2:
        return f"aux_params.classes is {verdict.get('classes')}, expected 2 (presence and overlap)"
    return None


def load_segmentation_detector(
    config: dict[str, Any], weights: Path | None, encoder: Path | None
) -> SegmentationDetector:
    """A detector from the config.json of segmentation_models_pytorch.

    Args:
        config: the network's class (`_model_class`) and arguments.
        weights: folder with config.json and model.safetensors. None: randomly initialised.
        encoder: model.safetensors of the timm model that the encoder is the first part of, with
            its config.json. None: as in `weights`.

    Raises:
        InputError: weights that are not those of the network, or of its encoder; a damaged file.
    """
    arguments = {key: value for key, value in config.items() if not key.startswith("_")}
    network = getattr(smp, config["_model_class"])(**{**arguments, "encoder_weights": None})
    if weights is not None:
        path = weights / "model.safetensors"
        load_strictly(network, read_checkpoint(path), path, "its config.json")
    if encoder is not None:
        load_encoder(network.encoder.model, encoder)
    return SegmentationDetector(network, pretrained=encoder is not None).train()


def load_encoder(model: nn.Module, weights: Path) -> None:
    """Load the weights of a whole timm model into one that ends with its last stage.

    The images of a detector are normalised by ImageNet's mean and deviation (`normalisation`).
    Where the encoder was trained with others, its first convolution is changed so that it computes
    what it did: up to the padding at the edges, which is grey in place of the mean colour.

    Args:
        weights: model.safetensors, beside config.json with `pretrained_cfg`.

    Raises:
        InputError: the model is no EfficientNet, the file is damaged, or a tensor is missing,
            unexpected or of another shape.
    """
    if not hasattr(model, "conv_stem"):
        raise InputError(
            f"{weights}: the detector's encoder is a {type(model).__name__}, and only an "
            "EfficientNet can start from an `encoder`"
        )
    load_strictly(model, read_checkpoint(weights), weights, "the detector's encoder", LAST_LAYERS)
    given = json.loads(weights.with_name("config.json").read_text())["pretrained_cfg"]
    mean, std = (torch.tensor(given[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    _renormalise(model, (MEAN - mean) / std, STD / std)


def _renormalise(model: nn.Module, offset: Tensor, factor: Tensor) -> None:
    """Change the first convolution and its normalisation for images x in place of ax + b.

    Args:
        offset, factor: b and a of each channel (1, 3, 1, 1).
    """
    with torch.no_grad():
        model.bn1.running_mean -= (model.conv_stem.weight * offset).sum((1, 2, 3))
        model.conv_stem.weight *= factor


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


def detection_loss(logits: Tensor, verdicts: Tensor | None, masks: Tensor) -> Tensor:
    """The sum of the losses of the pixels and of what else a network predicts.

    Args:
        logits: (n, 1 or 5, h, w).
        verdicts: (n, 2) logits, or None.
        masks: (n, 1, h, w), from 0 to 1.
    """
    pixels, sides = logits[:, :1], logits[:, 1:]
    true = masks[:, 0] > AREA_THRESHOLD
    shown = true.any(-1).any(-1)
    loss = segmentation_loss(pixels, masks)
    overlaps = _overlaps(pixels.detach()[:, 0] > 0, true)
    if sides.shape[1]:
        boxes = _tight_boxes(true[shown])
        loss = loss + sides_loss(sides[shown], boxes)
        size = torch.tensor([*true.shape[:0:-1]] * 2, device=boxes.device)
        overlaps[shown] = overlaps_of_sides(sides[shown].detach(), boxes / size)
    if verdicts is not None:
        loss = loss + verdict_loss(verdicts, shown.float(), overlaps)
    return loss


def verdict_loss(verdicts: Tensor, shown: Tensor, overlaps: Tensor) -> Tensor:
    """Cross-entropy of an insect being there, and of the overlap where one is.

    Args:
        verdicts: (n, 2) logits.
        shown: (n,) 1 where an insect is, 0 elsewhere.
        overlaps: (n,) of what is predicted with the insect.
    """
    presence = binary_cross_entropy_with_logits(verdicts[:, 0], shown)
    overlap = binary_cross_entropy_with_logits(verdicts[:, 1], overlaps, weight=shown)
    return presence + overlap


def sides_loss(sides: Tensor, boxes: Tensor) -> Tensor:
    """Cross-entropy of the sides of the box, a mean over images and sides.

    Args:
        sides: (n, 4, h, w) logits.
        boxes: (n, 4), x0, y0, x1, y1 in pixels, half open.
    """
    if not len(sides):
        return sides.sum()
    x0, y0, x1, y1 = boxes.unbind(1)
    places = [place // CELL for place in (x0, y0, x1 - 1, y1 - 1)]
    return torch.stack(list(map(nll_loss, _log_chances(sides), places))).mean()


def boxes_of_sides(sides: Tensor) -> Tensor:
    """The boxes (n, 4), x0, y0, x1, y1 in fractions of the image: the median of where each side is.

    Where it is uncertain what is the insect's, a median is what overlaps best with the true box.

    Args:
        sides: (n, 4, h, w) logits.
    """
    medians = []
    for logs in _log_chances(sides):
        chance = logs.exp()
        below = chance.cumsum(1)
        place = (below < 0.5).sum(1, keepdim=True).clamp(max=chance.shape[1] - 1)
        within = (0.5 - below.gather(1, place)) / chance.gather(1, place).clamp(min=1e-8) + 1
        medians.append((place + within)[:, 0] / chance.shape[1])
    first, last = torch.stack(medians, 1).split(2, 1)
    return torch.cat([torch.minimum(first, last), torch.maximum(first, last)], 1)


def overlaps_of_sides(sides: Tensor, boxes: Tensor) -> Tensor:
    """The overlaps (n,) of the boxes of sides (n, 4, h, w) with others (n, 4), in fractions."""
    return box_iou(boxes_of_sides(sides), boxes).diagonal()


def scores_of_verdicts(verdicts: Tensor, agreements: Tensor | float) -> Tensor:
    """The scores (n,): up to 0.5 whether an insect is there, above it how good its box is.

    However bad its box, an insect that is there scores more than 0.5.

    Args:
        verdicts: (n, 2) logits.
        agreements: (n,) overlaps of the boxes with those of the sides.
    """
    presence, overlap = verdicts.sigmoid().unbind(1)
    return torch.where(presence > 0.5, 0.5 + (overlap * agreements).clamp(min=WORST) / 2, presence)


def _log_chances(sides: Tensor) -> list[Tensor]:
    """The log probabilities (n, places) of the place of each side, CELL pixels wide.

    A softmax over all pixels, summed over the rows of a column or the columns of a row.
    """
    logs = avg_pool2d(sides, CELL).flatten(2).log_softmax(-1)
    logs = logs.unflatten(2, (sides.shape[2] // CELL, sides.shape[3] // CELL))
    return [logs[:, k].logsumexp(2 if k % 2 else 1) for k in range(4)]


def _tight_boxes(true: Tensor) -> Tensor:
    """The boxes (n, 4), x0, y0, x1, y1 in pixels, around pixels (n, h, w), some in each."""
    boxes = masks_to_boxes(true).long()
    boxes[:, 2:] += 1
    return boxes


def _overlaps(found: Tensor, true: Tensor) -> Tensor:
    """The overlaps (n,) of pixels (n, h, w) with others, 0 where there are none."""
    shared, total = (found & true).sum((1, 2)), (found | true).sum((1, 2))
    return shared / total.clamp(min=1)


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
