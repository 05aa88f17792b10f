"""The interface of all encoders of DNA."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from bioscan.core.encoders import Pooling
from bioscan.core.sequences import MAX_LENGTH
from bioscan.encoders.kmers import Tokens

#: Tokens to which the published probes padded, and the one id that they did not average, whatever
#: it is in the vocabulary of a model.
RELEASED_LENGTH = 512
RELEASED_LEFT_OUT = 1


class DnaEncoder(nn.Module, ABC):
    """Sequences → tokens → a vector per position.

    Attributes:
        dimension: of a vector.
    """

    dimension: int

    @abstractmethod
    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Tokens of n trimmed sequences, padded to one length.

        Args:
            pooling: decides how sequences are padded, and what is attended to and averaged.
        """

    @abstractmethod
    def forward(self, tokens: Tokens) -> torch.Tensor:
        """(n, t, dimension) of tokens as tensors; t is that of `tokens.mask`."""


def to_tensors(tokens: Tokens, device: torch.device | str = "cpu") -> Tokens:
    """The same tokens as tensors."""
    return Tokens(*(torch.as_tensor(array, device=device) for array in tokens))


def masked_mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(n, d) float32 means over the positions of a mask.

    Args:
        hidden: (n, t, d).
        mask: (n, t), with one position or more per row.
    """
    weights = mask.unsqueeze(-1).float()
    return (hidden.float() * weights).sum(1) / weights.sum(1)


def embed(encoder: DnaEncoder, tokens: Tokens) -> torch.Tensor:
    """(n, dimension) float32 embeddings of tokens, on the device of the encoder.

    Args:
        tokens: of `encoder.tokenize`, whose `pooling` has chosen the positions.
    """
    # An encoder without weights computes where its tokens are.
    weight = next(encoder.parameters(), torch.as_tensor(tokens.mask))
    tokens = to_tensors(tokens, weight.device)
    return masked_mean(encoder(tokens), tokens.mask)


def as_read(sequences: Sequence[str], pooling: Pooling) -> list[str]:
    """Sequences as a tokenizer gets them: in capitals with T for U, cut at 660, and padded with N
    if `released`."""
    length = MAX_LENGTH if pooling == "released" else 0
    cut = (sequence[:MAX_LENGTH].upper().replace("U", "T") for sequence in sequences)
    return [sequence.ljust(length, "N") for sequence in cut]


def pad(
    rows: Sequence[Sequence[int]], special: Sequence[int], pad_id: int, pooling: Pooling
) -> Tokens:
    """Tokens of one length, padded on the right.

    `masked`: padded to the longest, which is neither attended to nor averaged, and special tokens
    are attended to and not averaged. `released`: padded to 512, all attended to, and averaged but
    for id 1. The published probes left it out as padding; it is [CLS] of DNABERT-2, padding of
    Nucleotide Transformer and [SEP] of HyenaDNA, so other special tokens and padding are averaged.

    Args:
        rows: ids per sequence, with special tokens.
        special: ids of special tokens.
        pad_id: id of padding.
    """
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    longest = max(*lengths.tolist(), RELEASED_LENGTH if pooling == "released" else 0, 0)
    ids = np.full((len(rows), longest), pad_id, np.int64)
    attention = np.arange(longest) < lengths[:, None]
    ids[attention] = np.concatenate(rows) if rows else []
    if pooling == "released":
        return Tokens(ids, ids != RELEASED_LEFT_OUT, np.ones_like(attention))
    mask = attention & ~np.isin(ids, special)
    # A sequence of no token is averaged over its special ones.
    empty = ~mask.any(1)
    mask[empty] = attention[empty]
    return Tokens(ids, mask, attention)
