"""The contrastive loss between modalities, over the samples of all devices."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import torch
from torch import distributed
from torch.nn import functional as F

from bioscan.core.encoders import Modality


class Embedded(NamedTuple):
    """The samples of a batch that have a modality.

    Attributes:
        vectors: (n, d) unit vectors.
        ids: (n,) number of each sample, by which it is found in another modality.
        groups: (n,) samples of one group belong together.
    """

    vectors: torch.Tensor
    ids: torch.Tensor
    groups: torch.Tensor


def contrastive_loss(
    embedded: Mapping[Modality, Embedded], scale: torch.Tensor | float, normalised: bool = True
) -> torch.Tensor:
    """InfoNCE (NT-Xent) between all pairs of modalities.

    Each sample that has both modalities of a pair looks for its partner among those of all others,
    in both directions; the loss is the mean over the pairs and directions. With groups of several
    samples, all of a group are partners of each.

    Args:
        scale: by which similarities are multiplied, one over the temperature.
        normalised: whether the partners of a sample share a weight of 1; or, as published, each has
            a weight of 1, so that large groups weigh more.

    Returns:
        A number. A pair that no sample of the batch has does not count; without any, it is 0.
    """
    terms = []
    for first, second in combinations(embedded.values(), 2):
        a, b, groups = _in_common(first, second)
        if not len(groups):
            continue
        logits = scale * a.float() @ b.float().T
        partners = (groups[:, None] == groups).float()
        if normalised:
            partners /= partners.sum(dim=1, keepdim=True)
        # Partners are symmetric, so their columns are those of the other direction.
        by_column = partners if normalised else partners.T
        terms += [_cross_entropy(logits, partners), _cross_entropy(logits.T, by_column)]
    # Every vector has a gradient, if only 0, which other devices wait for.
    nothing = sum(one.vectors.sum() for one in embedded.values()) * 0.0 * scale
    return torch.stack(terms).mean() + nothing if terms else nothing


def _cross_entropy(logits: torch.Tensor, partners: torch.Tensor) -> torch.Tensor:
    return -(partners * F.log_softmax(logits, dim=1)).sum(dim=1).mean()


def _in_common(
    first: Embedded, second: Embedded
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Vectors of both modalities, and groups, of the samples that have both, each once."""
    shared = first.ids[torch.isin(first.ids, second.ids)].unique()
    rows, columns = (_places(one.ids, shared) for one in (first, second))
    return first.vectors[rows], second.vectors[columns], first.groups[rows]


def _places(ids: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Where each of some numbers is first found."""
    order = ids.argsort(stable=True)
    return order[torch.searchsorted(ids[order], wanted)]


def gathered(local: Embedded) -> Embedded:
    """The samples of all devices, in the order of the devices.

    Those of other devices are constants: each device computes the loss of the whole batch, and its
    gradient with respect to its own vectors. The sum of these gradients over the devices is that of
    one device with all samples. (`own_share`)
    """
    if world_size() == 1:
        return local
    counts = [
        torch.zeros(1, dtype=torch.long, device=local.ids.device) for _ in range(world_size())
    ]
    distributed.all_gather(counts, torch.tensor([len(local.ids)], device=local.ids.device))
    sizes = [int(count) for count in counts]
    vectors, ids, groups = (_all_gather(values.detach(), sizes) for values in local)
    vectors[distributed.get_rank()] = local.vectors
    return Embedded(*(torch.cat(parts) for parts in (vectors, ids, groups)))


def _all_gather(values: torch.Tensor, sizes: list[int]) -> list[torch.Tensor]:
    """A tensor of each device; they differ in their first dimension, and gloo wants equal ones."""
    padded = values.new_zeros(max(sizes), *values.shape[1:])
    padded[: len(values)] = values
    parts = [torch.empty_like(padded) for _ in sizes]
    distributed.all_gather(parts, padded)
    return [part[:size] for part, size in zip(parts, sizes, strict=True)]


def own_share(loss: torch.Tensor, local: int, total: int) -> torch.Tensor:
    """The loss, with gradients that make up that of the whole batch.

    The training loop weighs the loss of each device by its share of the samples and takes the mean
    over the devices, as for losses that are means over samples; this one is not.

    Args:
        local, total: samples of this device, and of all.
    """
    scaled = loss * (total / local)
    return loss.detach() + (scaled - scaled.detach())


def world_size() -> int:
    """How many devices train together."""
    together = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if together else 1
