"""Aligned models: towers into one space, and the files that hold them.

`model.safetensors` has the weights of whole towers, below the name of their modality, and
`config.json` all else that makes them; no other file is needed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from bioscan.core.encoders import Modality
from bioscan.core.errors import InputError
from bioscan.core.files import write_model
from bioscan.core.weights import CONFIG, WEIGHTS, read_config
from bioscan.encoders.checkpoints import built, load_strictly
from bioscan.encoders.towers import Tower, rebuild_tower

#: Key of config.json → towers by modality.
TOWERS = "towers"


def save_aligned(
    towers: Mapping[Modality, Tower] | nn.ModuleDict,
    dimension: int,
    description: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write model.safetensors and config.json.

    Args:
        towers: without adapters (`lora.merge_lora`).
        dimension: of the shared space.
        description: other facts about the model.
    """
    described = {modality: tower.description for modality, tower in towers.items()}
    state = {
        f"{modality}.{name}": weight.detach().contiguous()
        for modality, tower in towers.items()
        for name, weight in tower.state_dict().items()
    }

    def save(scratch: Path) -> None:
        save_file(state, scratch / WEIGHTS)
        config = {TOWERS: described, "dimension": dimension, **description}
        (scratch / CONFIG).write_text(json.dumps(config, indent=2) + "\n")

    write_model(save, folder)


def load_tower(path: Path, modality: Modality) -> Tower:
    """A tower for evaluation (`eval`).

    Args:
        path: model.safetensors, with config.json beside it.

    Raises:
        InputError: the model has no tower of this modality, or a file is damaged, or of another
            model.
    """
    beside = path.with_name(CONFIG)
    config = read_config(beside)
    towers = config.get(TOWERS)
    if not isinstance(towers, dict) or modality not in towers:
        known = ", ".join(k for k in get_args(Modality) if k in (towers or {})) or "none"
        raise InputError(f"{beside}: a model without a tower of {modality!r}, it has: {known}")
    tower = built(lambda: rebuild_tower(modality, towers[modality], config["dimension"]), beside)
    prefix = f"{modality}."
    try:
        with safe_open(path, "pt") as file:
            state = {
                name.removeprefix(prefix): file.get_tensor(name)
                for name in file.keys()  # noqa: SIM118 (it is no mapping)
                if name.startswith(prefix)
            }
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: not a whole file of weights ({error}); make it again") from error
    load_strictly(tower, state, path, f"the tower of {modality} in {CONFIG}")
    return tower.eval()
