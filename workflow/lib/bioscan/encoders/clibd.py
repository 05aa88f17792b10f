"""Checkpoints of CLIBD (BIOSCAN-CLIP), whose adapters are merged into the weights.

Released ones have the adapters of a ViT below its fused projection (`qkv.linear_a_q`, …), and those
of a BERT beside the projection that they adapt (`query.w`, `query.w_a`, `query.w_b`).
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path

import torch

from bioscan.core.encoders import Modality
from bioscan.core.errors import InputError
from bioscan.encoders.checkpoints import State, load_strictly, read_checkpoint, tensors
from bioscan.encoders.towers import Tower

#: Prefixes of each encoder: of the first releases, and of later ones.
_PREFIXES: dict[Modality, tuple[str, ...]] = {
    "image": ("image_encoder.lora_vit.", "image_encoder.base_image_encoder."),
    "dna": ("dna_encoder.lora_barcode_bert.", "dna_encoder.base_dna_encoder."),
    "text": (
        "language_encoder.lora_bert.",
        "language_encoder.base_language_encoder.",
        "language_encoder.",
    ),
}

#: Names within an encoder → those of our towers.
_NAMES: dict[Modality, tuple[tuple[str, str], ...]] = {
    "image": ((r"^head\.", "head."), (r"^(?!head\.)", "encoder.backbone.")),
    "dna": (
        (r"^bert\.", "encoder.bert."),
        (r"^cls\.predictions\.transform\.", "head.transform."),
        (r"^cls\.predictions\.decoder\.", "head.decoder."),
    ),
    "text": ((r"^proj\.", "head."), (r"^(?!head\.)", "encoder.bert.")),
}

#: Weights that no embedding follows from.
_UNUSED = ("cls.predictions.bias", "bert.pooler.", "pooler.", "bert.embeddings.position_ids")

_SCALE = "logit_scale"


def load_clibd(towers: Mapping[Modality, Tower], path: Path) -> float | None:
    """Give towers the weights of a checkpoint, all of them.

    Args:
        towers: of the same encoders, without adapters.
        path: a pickle of tensors.

    Returns:
        The temperature that it was trained with; None if it has none.

    Raises:
        InputError: the checkpoint has other encoders, or of other sizes.
    """
    state = tensors(read_checkpoint(path), path, ("module.",))
    found = {m for m, prefixes in _PREFIXES.items() if any(k.startswith(prefixes) for k in state)}
    if found != set(towers):
        raise InputError(
            f"{path}: a checkpoint with encoders of {', '.join(sorted(found)) or 'nothing known'}, "
            f"and the config has those of {', '.join(sorted(towers))}"
        )
    for modality, tower in towers.items():
        load_strictly(tower, _tower_state(state, modality, path), path, f"the {modality} encoder")
    scale = state.get(_SCALE)
    return None if scale is None else math.exp(-float(scale))


def _tower_state(state: State, modality: Modality, path: Path) -> dict[str, torch.Tensor]:
    own = {
        name.removeprefix(prefix): value
        for name, value in state.items()
        for prefix in [next((p for p in _PREFIXES[modality] if name.startswith(p)), None)]
        if prefix is not None
    }
    merged = _merged(own, path)
    return {
        _renamed(name, modality): value
        for name, value in merged.items()
        if not name.startswith(_UNUSED)
    }


def _renamed(name: str, modality: Modality) -> str:
    for pattern, replacement in _NAMES[modality]:
        if re.match(pattern, name):
            return re.sub(pattern, replacement, name, count=1)
    return name


def _merged(state: dict[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
    """The weights with the product of each pair of adapters added, under the plain names."""
    adapters = re.compile(r"\.(linear_[ab]_[qv]|w_[ab])\.weight$")
    plain = {
        re.sub(r"\.(qkv\.qkv|(query|value)\.w)\.", _plain_name, name): value
        for name, value in state.items()
        if not adapters.search(name)
    }
    for name, first in state.items():
        if not (place := re.search(r"\.(linear_a_([qv])|w_a)\.weight$", name)):
            continue
        layer, part = name[: place.start()], place[2]
        second_name = f"{layer}.{f'linear_b_{part}' if part else 'w_b'}.weight"
        weight = plain.get(f"{layer}.weight")
        try:
            product = state[second_name] @ first
            width = len(product)
            rows = slice(None, width) if part in (None, "q") else slice(-width, None)
            plain[f"{layer}.weight"] = weight.clone()
            plain[f"{layer}.weight"][rows] += product
        except (KeyError, TypeError, AttributeError, RuntimeError) as error:
            raise InputError(
                f"{path}: the adapter {name} has no place in {layer}.weight; fetch the file again"
            ) from error
    return plain


def _plain_name(found: re.Match[str]) -> str:
    return ".qkv." if found[1] == "qkv.qkv" else f".{found[2]}."
