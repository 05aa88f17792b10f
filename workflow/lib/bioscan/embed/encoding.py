"""Images, barcodes or texts in batches → their embeddings in batches."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

from bioscan.core.devices import compute_device, has_gpu
from bioscan.core.encoders import Pooling
from bioscan.encoders.dna_encoder import DnaEncoder, embed, to_tensors

if TYPE_CHECKING:  # transformers, behind both, takes many seconds
    from bioscan.encoders.text import TextEncoder
    from bioscan.encoders.towers import DnaTower, TextTower


def precision() -> str:
    """The floating-point format of the computation: half precision on GPUs."""
    return "bf16" if has_gpu() else "float32"


def embed_images(
    model: nn.Module, images: Dataset, first: int, batch_size: int, workers: int
) -> Iterator[np.ndarray]:
    """Embeddings (n, d) of the images from `first` on, in their order, float32.

    Args:
        model: of uint8 images, on the job's device and in evaluation mode.
        images: uint8 (3, side, side) each.
        workers: processes that load them.
    """
    rest = Subset(images, range(first, len(images)))
    loader = DataLoader(rest, batch_size, num_workers=workers, pin_memory=has_gpu())
    for batch in loader:
        yield _computed(lambda batch=batch: model(batch.to(compute_device(), non_blocking=True)))


def embed_sequences(
    encoder: "DnaEncoder | TextEncoder",
    sequences: Sequence[str],
    first: int,
    batch_size: int,
    pooling: Pooling,
) -> Iterator[np.ndarray]:
    """Embeddings (n, d) of the barcodes or texts from `first` on, in their order, float32.

    Args:
        encoder: on the job's device and in evaluation mode.
        sequences: barcodes are trimmed, and sorted by length, so that batches need little padding.
    """
    for start in range(first, len(sequences), batch_size):
        tokens = encoder.tokenize(sequences[start : start + batch_size], pooling)
        yield _computed(lambda tokens=tokens: embed(encoder, tokens))


def embed_aligned(
    tower: "DnaTower | TextTower", sequences: Sequence[str], first: int, batch_size: int
) -> Iterator[np.ndarray]:
    """The same in the space of an aligned model, as unit vectors."""
    for start in range(first, len(sequences), batch_size):
        tokens = to_tensors(tower.tokenize(sequences[start : start + batch_size]), compute_device())
        yield _computed(lambda tokens=tokens: tower(*tokens))


@torch.inference_mode()
def _computed(compute: Callable[[], torch.Tensor]) -> np.ndarray:
    with torch.autocast("cuda", torch.bfloat16, enabled=has_gpu()):
        return compute().float().cpu().numpy()
