"""The settings of the DNA models, as the config describes them (5M §A5)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Architecture:
    """A BERT over k-mers that is pretrained here: "8-4-4" is k = 8, 4 layers, 4 heads.

    Attributes:
        k: nucleotides per token.
        layers, heads: of the transformer.
        hidden_size: of a token; feed-forward layers have four times as many units.
    """

    k: int
    layers: int
    heads: int
    hidden_size: int


@dataclass(frozen=True)
class PretrainingRecipe:
    """How a masked language model is pretrained (5M §A5.1).

    Attributes:
        epochs: passes over the pretraining sequences.
        batch_size: sequences per optimiser step, over all devices.
        device_batch_size: sequences that a device takes at once. None: its whole local batch.
        precision: "float32" or "bf16".
        learning_rate: the highest of the OneCycle schedule.
        weight_decay: of AdamW, on all parameters.
        masked_share: probability that a token is masked; unknown tokens never are.
        loss_positions: the tokens that count in the loss: "masked", or "all", unknown ones and
            padding among them.
        attention_mask: whether the padding is hidden from the tokens.
        max_offset: the most nucleotides that are dropped at the start of a training sequence: "k",
            or "below_k" for k - 1.
        seed: of initialisation, order, offsets, masks and dropout.
    """

    epochs: int
    batch_size: int
    device_batch_size: int | None
    precision: str
    learning_rate: float
    weight_decay: float
    masked_share: float
    loss_positions: Literal["masked", "all"]
    attention_mask: bool
    max_offset: Literal["k", "below_k"]
    seed: int

    def offsets(self, k: int) -> int:
        """How many offsets there are, 0 included."""
        return k + 1 if self.max_offset == "k" else k


@dataclass(frozen=True)
class FinetuningRecipe:
    """How an encoder is trained to tell species apart (5M §A5.2).

    Attributes:
        epochs: passes over the training sequences.
        batch_size: sequences per optimiser step, over all devices.
        device_batch_size: sequences that a device takes at once. None: its whole local batch.
        precision: "float32" or "bf16".
        optimizer: a timm name.
        learning_rate_per_64: for 64 sequences per step; that of the optimiser grows with the batch.
        schedule: of the learning rate: "one_cycle" or "constant".
        weight_decay: of all parameters.
        pooling: how a sequence is represented by its tokens (`encoders.dna.embed`).
        frozen: whether the encoder stays as it is, and the head alone is trained.
        seed: of initialisation, order and dropout.
    """

    epochs: int
    batch_size: int
    device_batch_size: int | None
    precision: str
    optimizer: str
    learning_rate_per_64: float
    schedule: Literal["one_cycle", "constant"]
    weight_decay: float
    pooling: Literal["masked", "released"]
    frozen: bool
    seed: int


@dataclass(frozen=True)
class ProbeRecipe:
    """How a linear probe is trained on embeddings (5M §A5.3).

    Attributes:
        epochs: passes over the training embeddings (200 as released; the paper does not say).
        batch_size: embeddings per step (64 as released).
        learning_rate, momentum, weight_decay: of SGD.
        seed: of initialisation and order.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    seed: int
