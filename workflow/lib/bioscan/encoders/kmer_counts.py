"""Barcodes as counts of their k-mers: the embedding that needs no training."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from bioscan.encoders.dna_encoder import DnaEncoder, Pooling
from bioscan.encoders.kmers import UNKNOWN, Tokens, base_numbers


class KmerCounts(DnaEncoder):
    """How often each k-mer occurs, at any place: the k-mers overlap."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k, self.dimension = k, 4**k

    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Ids are k-mers in lexicographic order; those with another letter are not attended to."""
        numbers = base_numbers(sequences).astype(np.int64)
        windows = sliding_window_view(numbers, self.k, axis=1)
        known = (windows < UNKNOWN).all(axis=2)
        ids = np.where(known, windows @ 4 ** np.arange(self.k)[::-1], 0)
        return Tokens(ids, np.ones((len(ids), 1), dtype=bool), known)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        counts = torch.zeros(len(tokens.ids), self.dimension, device=tokens.ids.device)
        return counts.scatter_add_(1, tokens.ids, tokens.attention.float()).unsqueeze(1)
