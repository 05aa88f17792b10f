"""Averages over positions, and the two ways to pad."""

import numpy as np
import torch

from bioscan.encoders.dna_encoder import (
    DnaEncoder,
    as_read,
    embed,
    masked_mean,
    pad,
    to_tensors,
)
from bioscan.encoders.kmers import Tokens


def test_the_mean_is_over_the_positions_of_the_mask():
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [100.0, 100.0]]])
    assert masked_mean(hidden, torch.tensor([[True, True, False]])).tolist() == [[2.0, 4.0]]
    assert masked_mean(hidden, torch.tensor([[False, True, False]])).tolist() == [[3.0, 6.0]]


def test_means_of_half_precision_are_exact():
    hidden = torch.full((1, 4096, 1), 0.1, dtype=torch.bfloat16)
    hidden[0, 0] = 3.0
    expected = hidden.float().mean(1)
    assert torch.allclose(masked_mean(hidden, torch.ones(1, 4096, dtype=torch.bool)), expected)


class Doubled(DnaEncoder):
    dimension = 1

    def __init__(self):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(2.0))

    def tokenize(self, sequences, pooling="masked"):
        rows = [[len(sequence)] * len(sequence) for sequence in sequences]
        return pad(rows, (), 0, pooling)

    def forward(self, tokens):
        return tokens.ids.unsqueeze(-1) * self.factor


def test_an_embedding_is_the_mean_of_the_hidden_states():
    encoder = Doubled()
    assert embed(encoder, encoder.tokenize(["A", "ACG"])).tolist() == [[2.0], [6.0]]


def test_tokens_become_tensors_of_the_same_values():
    tokens = to_tensors(
        Tokens(np.array([[1, 2]]), np.array([[True, False]]), np.ones((1, 2), bool))
    )
    assert tokens.ids.tolist() == [[1, 2]] and tokens.ids.dtype == torch.int64
    assert tokens.mask.tolist() == [[True, False]]


def test_padding_is_neither_attended_to_nor_averaged_and_special_tokens_are_not_averaged():
    tokens = pad([[1, 7, 8, 2], [1, 9, 2], [1, 2]], (1, 2), 3, "masked")
    assert tokens.ids.tolist() == [[1, 7, 8, 2], [1, 9, 2, 3], [1, 2, 3, 3]]
    assert tokens.attention.sum(1).tolist() == [4, 3, 2]
    # The last has no other token.
    assert tokens.mask.astype(int).tolist() == [[0, 1, 1, 0], [0, 1, 0, 0], [1, 1, 0, 0]]


def test_no_sequence_has_tokens_too():
    assert pad([], (), 3, "masked").ids.shape == (0, 0)
    assert pad([], (), 3, "released").mask.shape == (0, 512)


def test_sequences_are_cut_and_the_published_probes_padded_them_with_n():
    assert as_read(["ACG", "acgu", "A" * 700], "masked") == ["ACG", "ACGT", "A" * 660]
    assert as_read(["ACG", "A" * 700], "released") == ["ACG" + "N" * 657, "A" * 660]


def test_the_published_probes_padded_to_512_and_left_out_id_1_only():
    tokens = pad([[1, 7, 2], [1, 7, 8, 2]], (1, 2), 3, "released")
    assert tokens.ids.shape == (2, 512) and (tokens.ids[0, 3:] == 3).all()
    assert tokens.attention.all()
    assert tokens.mask.sum(1).tolist() == [511, 511] and not tokens.mask[:, 0].any()


def test_tokens_beyond_512_stay():
    assert pad([[0] * 662], (), 1, "released").ids.shape == (1, 662)
