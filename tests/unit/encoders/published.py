"""Small checkpoints in the published formats, and what all encoders of DNA must hold."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch.nn.attention import SDPBackend, sdpa_kernel

from bioscan.core.errors import InputError
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.dna_encoder import DnaEncoder, embed
from tests.unit.configs import ROOT


def barcode(length: int) -> str:
    return "".join(np.random.default_rng(length).choice(list("ACGT"), length))


#: Sequences of all lengths, with unread and ambiguous nucleotides.
BARCODES = [
    barcode(660),
    barcode(31),
    "NNN" + barcode(200) + "NN" + barcode(101),
    "A",
    barcode(97) + "RYK" + barcode(40),
]


def embeddings(encoder: DnaEncoder, barcodes: list[str], pooling: str = "masked") -> torch.Tensor:
    with torch.inference_mode():
        return embed(encoder, encoder.tokenize(barcodes, pooling))


def assert_padding_changes_nothing(encoder: DnaEncoder) -> None:
    """A sequence alone has the embedding that it has in a batch of longer ones."""
    together = embeddings(encoder, BARCODES)
    assert together.shape == (len(BARCODES), encoder.dimension)
    assert together.isfinite().all()
    for number, sequence in enumerate(BARCODES):
        alone = embeddings(encoder, [sequence])[0]
        torch.testing.assert_close(alone, together[number], rtol=1e-3, atol=1e-4)
    # Sequences that differ have embeddings that do, so the above is not for want of any.
    assert torch.pdist(together).min() > 1e-2


def assert_half_precision_is_close(encoder: DnaEncoder) -> None:
    """As embeddings are made on GPUs; some operations have no half precision."""
    full = embeddings(encoder, BARCODES)
    # The fused attention of processors has none where PyTorch is held to the kernels of older ones.
    with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
        half = embeddings(encoder, BARCODES)
    assert half.dtype == torch.float32
    assert torch.cosine_similarity(half, full).min() > 0.98


def length_of_safetensors(shapes: dict[str, tuple[int, ...]], metadata: dict[str, str]) -> int:
    """Bytes of a file of float32 tensors: the header, padded to 8, and the values."""
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for name in sorted(shapes):
        start, end = end, end + 4 * math.prod(shapes[name])
        offsets = [start, end]
        header[name] = {"dtype": "F32", "shape": list(shapes[name]), "data_offsets": offsets}
    length = len(json.dumps(header, separators=(",", ":")))
    return 8 + -(-length // 8) * 8 + end


def published_length(name: str) -> int:
    """Of model.safetensors, as the catalogue has it."""
    catalogue = yaml.safe_load((ROOT / "config" / "catalogue.yaml").read_text())
    return catalogue["weights"][name]["files"]["model.safetensors"]["size"]


def refusal(architecture: str, weights: Path | None) -> str:
    """The line that refuses a file, or the model.safetensors of a folder."""
    path = weights / "model.safetensors" if weights and weights.is_dir() else weights
    with pytest.raises(InputError) as error:
        build_dna_encoder(DnaEncoderSettings(architecture), path)
    assert "\n" not in str(error.value)
    return str(error.value)


def randomise(module: torch.nn.Module) -> None:
    """Weights large enough for every layer, bias and norm to matter."""
    generator = torch.Generator().manual_seed(0)
    for weight in module.state_dict().values():
        if weight.is_floating_point():
            scale = 0.3 if weight.dim() > 1 else 0.5
            weight.copy_(torch.randn(weight.shape, generator=generator) * scale)
