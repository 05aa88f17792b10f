"""Low-rank adapters (LoRA) on the attention of transformers, and how they become weights."""

from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import nn

from bioscan.core.errors import InputError

Projection = Literal["query", "key", "value"]

#: Names of the projections of an attention: in `SplitQkv`, and in transformers' BERT.
_NAMES: dict[Projection, tuple[str, str]] = {
    "query": ("q", "query"),
    "key": ("k", "key"),
    "value": ("v", "value"),
}


class SplitQkv(nn.Module):
    """timm's fused projection to queries, keys and values as three of their own.

    An adapter on the fused one would adapt the keys too, and share one factor among all three.
    """

    def __init__(self, qkv: nn.Linear) -> None:
        super().__init__()
        self.q, self.k, self.v = (
            _linear(weight, bias)
            for weight, bias in zip(
                qkv.weight.chunk(3),
                [None] * 3 if qkv.bias is None else qkv.bias.chunk(3),
                strict=True,
            )
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.q(tokens), self.k(tokens), self.v(tokens)], dim=-1)

    def fused(self) -> nn.Linear:
        """The projection as timm has it."""
        parts = self.q, self.k, self.v
        bias = None if self.q.bias is None else torch.cat([part.bias for part in parts])
        return _linear(torch.cat([part.weight for part in parts]), bias)


def _linear(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Linear:
    outputs, inputs = weight.shape
    linear = nn.Linear(inputs, outputs, bias is not None, weight.device, weight.dtype)
    linear.weight = nn.Parameter(weight.detach().clone())
    if bias is not None:
        linear.bias = nn.Parameter(bias.detach().clone())
    return linear


def add_lora(model: nn.Module, rank: int, projections: Sequence[Projection], name: str) -> None:
    """Freeze a transformer and give the projections of its attention adapters that are trained.

    The product of both factors is added as it is (alpha = rank), without dropout; the second
    factor is zero at first, so that the model is unchanged.

    Args:
        model: a ViT of timm, or one with a BERT of transformers.
        rank: of the adapters.
        name: of the encoder in the config, for messages.

    Raises:
        InputError: the model has no such projections.
    """
    for parent, child, module in list(_children(model)):
        if child == "qkv" and isinstance(module, nn.Linear):
            setattr(parent, child, SplitQkv(module))
    wanted = {alias for projection in projections for alias in _NAMES[projection]}
    targets = [
        path
        for path, module in model.named_modules()
        if isinstance(module, nn.Linear) and path.rsplit(".", 1)[-1] in wanted
    ]
    if not targets:
        raise InputError(
            f"config: the encoder '{name}' has no attention that LoRA could adapt; expected a "
            "transformer, or tuning 'frozen' or 'full' in the recipe"
        )
    config = LoraConfig(r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=targets)
    inject_adapter_in_model(config, model)


def merge_lora(model: nn.Module) -> None:
    """Add adapters to the weights that they adapt, so that the model is what it was before.

    Its parameters have the names that they had before `add_lora`. A model without adapters stays
    as it is.
    """
    for parent, child, module in list(_children(model)):
        if isinstance(module, LoraLayer):
            module.merge()
            setattr(parent, child, module.get_base_layer())
    for parent, child, module in list(_children(model)):
        if isinstance(module, SplitQkv):
            setattr(parent, child, module.fused())


def _children(model: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Module]]:
    """(parent, name within it, module) of each module below a model."""
    for parent in model.modules():
        for name, module in parent.named_children():
            yield parent, name, module
