"""The settings of the classification experiments, as the config describes them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How a classifier is trained: a recipe of the config, a loss and a seed (1M Table 4).

    Attributes:
        image_size: shorter side that images are resized to, pixels.
        crop_size: side of the square cut out of that, pixels.
        normalise: whether channels are normalised as for the pretrained weights.
        epochs: passes over the training split.
        batch_size: samples per optimiser step, over all devices.
        device_batch_size: samples that a device takes at once. None: its whole local batch.
        precision: "float32" or "bf16".
        optimizer: a timm name.
        learning_rate: at the start.
        decay_epochs: epochs after which the learning rate falls to a tenth.
        momentum: of sgd.
        nesterov: whether the momentum of sgd is Nesterov's.
        weight_decay: of all parameters.
        focal_gamma: γ of the focal loss.
        focal_alpha: α of the focal loss, see `losses.class_weights`.
        loss: "ce" (cross-entropy) or "focal".
        seed: of initialisation, order, augmentation and dropout.
    """

    image_size: int
    crop_size: int
    normalise: bool
    epochs: int
    batch_size: int
    device_batch_size: int | None
    precision: str
    optimizer: str
    learning_rate: float
    decay_epochs: Sequence[int]
    momentum: float
    nesterov: bool
    weight_decay: float
    focal_gamma: float
    focal_alpha: float | str | None
    loss: str
    seed: int


@dataclass(frozen=True)
class ClassifierRun:
    """One training of the grid or the ablation.

    Attributes:
        experiment: size and task ("small_insect_order").
        backbone, loss, package, recipe: names in the config; with the experiment they name a model,
            whose runs differ in their seed.
        seed: of the training.
    """

    experiment: str
    backbone: str
    loss: str
    package: str
    recipe: str
    seed: int
