"""Probes of embeddings: a linear classifier, and the nearest key (5M §4.2, §A5.3)."""

import numpy as np
import torch
from torch.nn import functional as F

from bioscan.barcode.settings import ProbeRecipe
from bioscan.core.devices import compute_device

#: Queries that are compared with all keys at a time.
_QUERIES = 1024

#: Similarities that differ by less are equal: a product of matrices rounds equal embeddings in
#: other ways where they lie in other rows.
_TIE = 1e-6


def nearest_keys(
    queries: np.ndarray, keys: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest key of each query by cosine similarity, by comparison with every key.

    Args:
        queries: (n, d) embeddings.
        keys: (m, d) embeddings. Zero embeddings have similarity 0 to all others.

    Returns:
        Its row in `keys` (n,), the first of equals; the similarity (n,); and how many keys are as
        near (n,).
    """
    device = compute_device()
    normalised = F.normalize(torch.from_numpy(keys).to(device, torch.float32))
    rows, similarities, equals = [], [], []
    for first in range(0, len(queries), _QUERIES):
        block = torch.from_numpy(queries[first : first + _QUERIES]).to(device, torch.float32)
        found = F.normalize(block) @ normalised.T
        best = found.amax(dim=1, keepdim=True)
        ties = found >= best - _TIE
        # `argmax` may give any of equals.
        position = torch.where(ties, torch.arange(len(keys), device=device), len(keys)).amin(dim=1)
        rows.append(position.cpu())
        similarities.append((best[:, 0]).cpu())
        equals.append(ties.sum(dim=1).cpu())
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64)
    return tuple(torch.cat(part).numpy() for part in (rows, similarities, equals))


def centre(queries: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both, less the mean of the keys.

    The embeddings of barcodes share most of their direction, so that all their cosines are near 1;
    what is left after the mean tells them apart.

    Args:
        queries: (n, d) embeddings.
        keys: (m, d) embeddings, m > 0.
    """
    mean = keys.mean(axis=0, dtype=np.float64)
    return (queries - mean).astype(np.float32), (keys - mean).astype(np.float32)


def linear_probe(
    embeddings: np.ndarray, target: np.ndarray, classes: int, recipe: ProbeRecipe
) -> torch.nn.Linear:
    """A linear classifier of embeddings, trained by SGD at a constant rate.

    The embeddings are standardised by one mean and one standard deviation of all their numbers, as
    released, which the returned layer includes.

    Args:
        embeddings: (n, d).
        target: (n,) classes.
    """
    device = compute_device()
    generator = torch.Generator().manual_seed(recipe.seed)
    inputs = torch.from_numpy(embeddings).to(device, torch.float32)
    mean, std = inputs.mean(), inputs.std().clamp(min=1e-12)
    inputs = (inputs - mean) / std
    true = torch.from_numpy(target).to(device)
    torch.manual_seed(recipe.seed)
    layer = torch.nn.Linear(inputs.shape[1], classes).to(device)
    optimizer = torch.optim.SGD(
        layer.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
    for _ in range(recipe.epochs):
        order = torch.randperm(len(inputs), generator=generator).to(device)
        for batch in order.split(recipe.batch_size):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(layer(inputs[batch]), true[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        layer.bias -= layer.weight.sum(dim=1) * mean / std
        layer.weight /= std
    return layer


@torch.inference_mode()
def predict_classes(
    layer: torch.nn.Linear, embeddings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The most probable class (n,) of embeddings, and its probability (n,)."""
    device = layer.weight.device
    classes, scores = [], []
    for block in torch.from_numpy(embeddings).split(_QUERIES):
        probabilities = layer(block.to(device, torch.float32)).softmax(dim=1).cpu()
        score, found = probabilities.max(dim=1)
        classes.append(found)
        scores.append(score)
    return torch.cat(classes).numpy(), torch.cat(scores).numpy()
