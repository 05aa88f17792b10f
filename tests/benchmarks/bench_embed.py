"""Speed of embedding barcodes and images in batches, compared with one at a time.

The ways in turns, the median of the rounds; one thread.
"""

import time
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset

from bioscan.embed.encoding import embed_images, embed_sequences
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.image import Backbone
from bioscan.encoders.image_encoder import build_image_encoder

SEQUENCES, IMAGES, ROUNDS, BATCH = 256, 128, 5, 128


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _ratio(kind: str, inputs: int, embed: Callable[[int], Iterable[np.ndarray]]) -> float:
    """How many times as fast batches are as single inputs; prints embeddings per second."""
    seconds: dict[int, list[float]] = {1: [], BATCH: []}
    for round_ in range(ROUNDS + 1):
        for size, taken in seconds.items():
            start = time.perf_counter()
            assert sum(map(len, embed(size))) == inputs
            if round_:  # the first one warms up
                taken.append(time.perf_counter() - start)
    alone, batched = (inputs / median(taken) for taken in seconds.values())
    print(f"\n{kind}: {alone:,.0f}/s one at a time, {batched:,.0f}/s in batches of {BATCH}", end="")
    print(f", {batched / alone:.1f} times as fast")
    return batched / alone


def bench_barcodes():
    """A small BERT on barcodes of 658 nucleotides, some of which lost their end."""
    settings = DnaEncoderSettings("barcodebert", k=6, layers=2, heads=2, hidden_size=64)
    encoder = build_dna_encoder(settings, None)
    rng = np.random.default_rng(0)
    lengths = sorted(rng.choice([658] * 8 + [400, 500], SEQUENCES), reverse=True)
    sequences = ["".join(rng.choice(list("ACGT"), length)) for length in lengths]
    ratio = _ratio(
        "barcodes", SEQUENCES, lambda size: embed_sequences(encoder, sequences, 0, size, "masked")
    )
    assert ratio >= 2


class _Squares(Dataset):
    pixels = torch.randint(0, 255, (IMAGES, 3, 64, 64), dtype=torch.uint8)

    def __len__(self) -> int:
        return IMAGES

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.pixels[index]


def bench_images():
    """timm's smallest convolutional network on squares of 64 pixels."""
    model = build_image_encoder(Backbone("test_resnet"), None).model
    _ratio("images", IMAGES, lambda size: embed_images(model, _Squares(), 0, size, 0))
