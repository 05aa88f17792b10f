"""Pretrained weights of image encoders, in the formats in which they were published.

| weights | file |
| --- | --- |
| timm | `model.safetensors`, the names of timm |
| torchvision's ResNets, DINO, VICReg | a pickle of tensors; the same names as timm's |
| torchvision's ViT | a pickle of tensors, of other names |
| MAE | a pickle, tensors under `model` |
| MoCo v3 | a pickle of a training, with the encoder among other networks under `state_dict` |
| CLIP | `open_clip_model.safetensors`: encoders of images and of texts, OpenAI's names |
"""

import re
import sys
from pathlib import Path

import torch
from torch import nn

from bioscan.encoders.checkpoints import load_strictly, read_checkpoint, tensors

#: Keys under which pickles have their weights.
NESTED = ("state_dict", "model")

#: The encoder of MoCo v3 that is used after training; the others are its copy and a predictor.
MOCO = "module.base_encoder."

#: Names of torchvision's ViT → timm's. Its file has `linear_1` where the model now has `mlp.0`.
TORCHVISION_VIT = (
    (r"^class_token$", "cls_token"),
    (r"^conv_proj\.", "patch_embed.proj."),
    (r"^encoder\.pos_embedding$", "pos_embed"),
    (r"^encoder\.ln\.", "norm."),
    (r"^heads\.head\.", "head."),
    (r"^encoder\.layers\.encoder_layer_(\d+)\.", r"blocks.\1."),
    (r"\.ln_([12])\.", r".norm\1."),
    (r"\.self_attention\.in_proj_", ".attn.qkv."),
    (r"\.self_attention\.out_proj\.", ".attn.proj."),
    (r"\.mlp\.(?:linear_1|0)\.", ".mlp.fc1."),
    (r"\.mlp\.(?:linear_2|3)\.", ".mlp.fc2."),
)


def load_pretrained(model: nn.Module, name: str, weights: Path, keep_head: bool = False) -> None:
    """Load the weights of a timm model, all but those of the head.

    Args:
        name: of the model, for messages.
        weights: a file in a published format.
        keep_head: whether the head is part of the model, as CLIP's projection is.

    Raises:
        InputError: the file is damaged, or not of this model: a weight is missing, unexpected or
            of another shape.
    """
    state = published_state(weights, model)
    heads = model.pretrained_cfg.get("classifier") or ()
    heads = () if keep_head else (heads,) if isinstance(heads, str) else tuple(heads)
    ignored = [f"{head}." for head in heads]
    own = {
        key: tensor for key, tensor in model.state_dict().items() if key.startswith(tuple(ignored))
    }
    kept = {key: tensor for key, tensor in state.items() if not key.startswith(tuple(ignored))}
    load_strictly(model, _norm_of_the_mean(kept, model) | own, weights, name)


def published_state(path: Path, model: nn.Module) -> dict[str, torch.Tensor]:
    """The weights of a file under timm's names.

    Raises:
        InputError: the file is damaged, or holds no weights.
    """
    found = read_checkpoint(path)
    nested = next((key for key in NESTED if isinstance(found.get(key), dict)), None)
    state = dict(tensors(found[nested] if nested else found, path))
    if any(key.startswith(MOCO) for key in state):
        state = {key.removeprefix(MOCO): t for key, t in state.items() if key.startswith(MOCO)}
    elif "conv_proj.weight" in state:
        state = {_renamed(key): tensor for key, tensor in state.items()}
        # torchvision's in_proj_weight has no stop before `weight`.
    elif "visual.conv1.weight" in state:
        state = sys.modules[type(model).__module__].checkpoint_filter_fn(state, model)
    return state


def _renamed(key: str) -> str:
    for pattern, replacement in TORCHVISION_VIT:
        key = re.sub(pattern, replacement, key)
    return key


def _norm_of_the_mean(state: dict[str, torch.Tensor], model: nn.Module) -> dict[str, torch.Tensor]:
    """Weights for a ViT whose patches are averaged, of one that was trained with a class token.

    Such a model has a normalisation after the mean in place of the one before it. As in the code
    released with MAE, that one starts without scale and shift, and the trained one has no place.
    """
    names = [f"fc_norm.{kind}" for kind in ("weight", "bias")]
    own = model.state_dict()
    if not all(name in own and name not in state for name in names):
        return state
    kept = {key: tensor for key, tensor in state.items() if not key.startswith("norm.")}
    return kept | {
        names[0]: torch.ones_like(own[names[0]]),
        names[1]: torch.zeros_like(own[names[1]]),
    }
