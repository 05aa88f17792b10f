"""The losses of the classification experiments beside cross-entropy."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class FocalLoss(nn.Module):
    """Focal loss α·(1 − p)^γ · cross-entropy, where p is the probability of the true class.

    Lin et al. 2017 (ICCV), for several classes. 1M gives neither γ nor α (§A6.2); the released code
    has γ = 2 and no α.
    """

    def __init__(self, gamma: float, alpha: torch.Tensor) -> None:
        """
        Args:
            alpha: (classes,) weights.
        """
        super().__init__()
        self.gamma = gamma
        self.register_buffer("alpha", alpha, persistent=False)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over samples: (n, classes) and (n,) → a scalar."""
        entropy = functional.cross_entropy(logits, target, reduction="none")
        # Not quite 0 where the answer is certain: the slope of a power below 1 is infinite at 0.
        doubt = (1 - torch.exp(-entropy)).clamp_min(torch.finfo(entropy.dtype).eps)
        return (self.alpha[target] * doubt**self.gamma * entropy).mean()


def class_weights(alpha: float | str | None, counts: Sequence[int]) -> torch.Tensor:
    """α of each class, (classes,).

    Args:
        alpha: None for 1; a number for all classes; or "inverse_frequency", by which all classes
            count the same in a pass over the training split, and samples 1 on average.
        counts: training samples of each class.
    """
    if alpha == "inverse_frequency":
        return sum(counts) / (len(counts) * torch.tensor(counts, dtype=torch.float32))
    return torch.full((len(counts),), 1.0 if alpha is None else float(alpha))
