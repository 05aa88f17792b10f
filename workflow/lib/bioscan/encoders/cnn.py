"""The convolutional baseline of barcodes (5M §4.2, Badirli et al. 2021)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from bioscan.core.sequences import MAX_LENGTH
from bioscan.encoders.checkpoints import load_strictly, read_checkpoint, tensors
from bioscan.encoders.dna_encoder import DnaEncoder, Pooling
from bioscan.encoders.kmers import Tokens, base_numbers

#: Columns of the one-hot matrix: A, C, G, T, and N with all other letters. Padding has none.
_COLUMNS, _PADDING = 5, 5

_DIMENSION = 500


class Cnn(DnaEncoder):
    """Three convolutions of a sequence as an image of 660 x 5, and a dense layer.

    The published 1-NN probe took the layers but not the functions between them, so its features are
    those of a network without ReLU and tanh (`with_nonlinearities=False`); it was trained with
    them.
    """

    dimension = _DIMENSION

    def __init__(self, with_nonlinearities: bool = True) -> None:
        super().__init__()
        # The names are those of the released weights.
        self.conv1 = nn.Conv2d(1, 64, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = nn.Conv2d(64, 32, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 16, kernel_size=3, padding=1)
        self.bn3 = nn.BatchNorm2d(16)
        self.pool = nn.MaxPool2d(kernel_size=(3, 1))
        flat = 16 * _COLUMNS * (MAX_LENGTH // 3 // 3 // 3)
        self.bn4 = nn.BatchNorm1d(flat)
        self.dense1 = nn.Linear(flat, _DIMENSION)
        self.with_nonlinearities = with_nonlinearities

    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Ids are columns; nothing is averaged, as there is one vector per sequence."""
        ids = base_numbers(sequences).astype(np.int64)
        lengths = np.array([*map(len, sequences)], np.int64)
        ids[np.arange(MAX_LENGTH) >= lengths[:, None]] = _PADDING
        return Tokens(ids, np.ones((len(ids), 1), dtype=bool), ids != _PADDING)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        relu, tanh = (torch.relu, torch.tanh) if self.with_nonlinearities else (_same, _same)
        one_hot = nn.functional.one_hot(tokens.ids, _COLUMNS + 1)[..., :_COLUMNS]
        images = one_hot.unsqueeze(1).to(self.dense1.weight.dtype)
        for convolution, normalise in (
            (self.conv1, self.bn1),
            (self.conv2, self.bn2),
            (self.conv3, self.bn3),
        ):
            images = self.pool(normalise(relu(convolution(images))))
        return tanh(self.dense1(self.bn4(images.flatten(1)))).unsqueeze(1)


def _same(values: torch.Tensor) -> torch.Tensor:
    return values


def load_cnn(path: Path, with_nonlinearities: bool = True) -> Cnn:
    """The baseline from a file of weights, as released (a state dict) or as safetensors.

    Raises:
        InputError: it is another model, or cut short.
    """
    encoder = Cnn(with_nonlinearities)
    state = tensors(read_checkpoint(path), path)
    load_strictly(encoder, state, path, "the CNN baseline", ignored=("dense2.",))
    return encoder
