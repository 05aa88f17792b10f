"""The settings of the contrastive training, as the config describes them (5M §4.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bioscan.core.encoders import Modality
from bioscan.core.texts import MissingRanks
from bioscan.encoders.lora import Projection
from bioscan.encoders.towers import Feature

#: How an encoder is trained: by adapters of its attention, with all its weights, or not at all. Its
#: head is trained in any case.
Tuning = Literal["lora", "full", "frozen"]

#: Which samples of a batch belong together: each with itself alone, those of one BIN, or of one
#: species.
Positives = Literal["identity", "bin", "species"]


@dataclass(frozen=True)
class Recipe:
    """How encoders are aligned.

    Attributes:
        epochs: passes over the training set.
        batch_size: samples per optimiser step, over all devices; each is compared with all others.
        replicas: models that are trained side by side without exchange, as released, of which one
            is kept: it sees its share of the training set and of each batch.
        chunk_size: samples that a device computes at once, and again for their gradients. None: its
            whole share of the batch.
        precision: "float32" or "bf16".
        optimizer: a timm name.
        learning_rate: at the start.
        schedule: of the learning rate, as in `core.optim`.
        weight_decay: of all parameters that are trained.
        tuning: of the encoder of each modality.
        rank: of the adapters.
        projections: of the attention, which have adapters.
        temperature: that similarities are divided by; where it is learnt, at the start.
        learn_temperature: whether it is learnt.
        positives: which samples belong together.
        normalise_positives: whether those of a sample share a weight of 1, or have 1 each, as
            published.
        colour_jitter: strength by which brightness, contrast, saturation and hue change.
        seed: of initialisation, order, augmentation and dropout.

    The others are those of `encoders.towers.TowerSettings`.
    """

    epochs: int
    batch_size: int
    replicas: int
    chunk_size: int | None
    precision: str
    optimizer: str
    learning_rate: float
    schedule: Literal["constant", "cosine", "one_cycle"]
    weight_decay: float
    tuning: Mapping[Modality, Tuning]
    rank: int
    projections: Sequence[Projection]
    dimension: int
    dna_feature: Feature
    text_feature: Feature
    missing_ranks: MissingRanks
    temperature: float
    learn_temperature: bool
    positives: Positives
    normalise_positives: bool
    image_size: int
    crop_size: int
    normalise: bool
    colour_jitter: float
    seed: int
