"""Embeddings in batches are those of each input alone."""

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset

from bioscan.embed.encoding import embed_aligned, embed_images, embed_sequences
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.image import Backbone
from bioscan.encoders.image_encoder import build_image_encoder
from tests.unit.encoders.published import BARCODES
from tests.unit.encoders.small_towers import towers


class Squares(Dataset):
    """Seven random images of 32 pixels."""

    pixels = torch.randint(
        0, 255, (7, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.pixels[index]


@pytest.mark.parametrize("workers", [0, 1])
def test_images_are_embedded_in_their_order(workers: int):
    model = build_image_encoder(Backbone("test_vit", {"img_size": 32}), None).model
    batches = list(embed_images(model, Squares(), 0, batch_size=3, workers=workers))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    with torch.inference_mode():
        alone = torch.cat([model(image[None]) for image in Squares.pixels])
    assert np.allclose(np.concatenate(batches), alone, atol=1e-4)


@pytest.mark.parametrize("pooling", ["masked", "released"])
def test_barcodes_are_embedded_in_their_order(pooling: str):
    torch.manual_seed(0)
    settings = DnaEncoderSettings("barcodebert", k=4, layers=1, heads=2, hidden_size=16)
    encoder = build_dna_encoder(settings, None)
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGTN"), 660 - 40 * n)) for n in range(7)]
    batches = list(embed_sequences(encoder, sequences, 0, 3, pooling))
    assert [batch.shape for batch in batches] == [(3, 16), (3, 16), (1, 16)]
    alone = [next(embed_sequences(encoder, [one], 0, 1, pooling)) for one in sequences]
    assert np.allclose(np.concatenate(batches), np.concatenate(alone), atol=1e-4)


def test_a_job_that_resumes_embeds_the_rest():
    model = build_image_encoder(Backbone("test_vit", {"img_size": 32}), None).model
    every = np.concatenate(list(embed_images(model, Squares(), 0, 3, 0)))
    rest = np.concatenate(list(embed_images(model, Squares(), 3, 3, 0)))
    assert np.allclose(rest, every[3:], atol=1e-4)


def test_barcodes_and_texts_are_embedded_in_the_space_of_a_model():
    made = towers()
    for modality, inputs in {"dna": BARCODES, "text": ["Diptera", "Diptera Sciaridae"]}.items():
        batches = np.concatenate(list(embed_aligned(made[modality], inputs, 0, 2)))
        assert batches.shape == (len(inputs), 8)
        assert np.allclose(np.linalg.norm(batches, axis=1), 1, atol=1e-5)
        rest = np.concatenate(list(embed_aligned(made[modality], inputs, 1, 2)))
        assert np.allclose(rest, batches[1:], atol=1e-4)
