"""The detectors of both papers, from their Lightning checkpoints to the format of transformers.

The cropping tool (bioscan-croptool) fine-tuned `facebook/detr-resnet-50` for one class, as the
attribute `model` of a Lightning module, under the names that parameters had in transformers 4.
transformers 5 maps those names itself when it loads a state_dict.
"""

import argparse
import logging
import pathlib
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor
from transformers import DetrConfig, DetrForObjectDetection

from bioscan.core.errors import InputError, first_ten
from bioscan.detect.model import save_detector

log = logging.getLogger(__name__)

#: The attribute of the Lightning module that holds the detector.
PREFIX = "model."

#: A counter of batch normalisation that plays no part in inference. transformers 4 left the layers
#: on the shortcuts of its ResNet as they were, with their counters; all others were frozen.
COUNTER = ".num_batches_tracked"


#: What Lightning may put into a checkpoint beside tensors and plain values. None of these runs
#: code; its AttributeDict, which hyperparameters were kept in, is read as a plain dict.
ALLOWED = [
    argparse.Namespace,
    pathlib.PosixPath,
    *(
        (dict, f"{module}.AttributeDict")
        for module in (
            "pytorch_lightning.utilities.parsing",
            "lightning.pytorch.utilities.parsing",
            "lightning_fabric.utilities.data",
            "lightning.fabric.utilities.data",
        )
    ),
]


def convert_checkpoint(checkpoint: Path, config: DetrConfig, folder: Path) -> None:
    """Write the detector of a checkpoint as config.json and model.safetensors.

    Args:
        checkpoint: saved by Lightning.
        config: the architecture; the checkpoint does not state it.
        folder: where the files shall be.

    Raises:
        InputError: the file is no such checkpoint, has contents that could run code, or its
            parameters are not exactly those of the architecture.
    """
    state = _detector_state(checkpoint, _read_state(checkpoint))
    model, loaded = DetrForObjectDetection.from_pretrained(
        None,
        config=config,
        state_dict=state,
        dtype=torch.float32,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    faults = {
        "missing": sorted(loaded["missing_keys"]),
        "unexpected": sorted(loaded["unexpected_keys"]),
        "of another shape": sorted(
            f"{name} {tuple(found)}, expected {tuple(expected)}"
            for name, found, expected in loaded["mismatched_keys"]
        ),
        "unreadable": sorted(loaded["error_msgs"]),
    }
    if any(faults.values()):
        said = "; ".join(
            f"{len(names)} {fault}: {first_ten(names)}" for fault, names in faults.items() if names
        )
        raise InputError(f"{checkpoint}: not a checkpoint of the papers' detector ({said})")
    save_detector(model, folder)


def _read_state(checkpoint: Path) -> dict[str, Tensor]:
    """The state_dict of a Lightning checkpoint, without running anything that it contains."""
    try:
        with torch.serialization.safe_globals(ALLOWED):
            content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        if refused := _refused(checkpoint):
            raise InputError(
                f"{checkpoint}: holds {first_ten(refused)}, which could run code and is not read"
            ) from error
        raise InputError(f"{checkpoint}: not a checkpoint of Lightning") from error
    # torch raises what its parts raise where a file is damaged.
    except (RuntimeError, OSError, EOFError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{checkpoint}: not a checkpoint of Lightning ({_line(error)})") from error
    state = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise InputError(f"{checkpoint}: not a checkpoint of Lightning, it has no state_dict")
    log.info("%s: Lightning %s", checkpoint, content.get("pytorch-lightning_version", "unknown"))
    return state


def _detector_state(checkpoint: Path, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of the detector within its Lightning module, without counters."""
    others = [name for name in state if not name.startswith(PREFIX)]
    if others:
        raise InputError(
            f"{checkpoint}: not a checkpoint of the papers' detector ({len(others)} unexpected "
            f"outside of its module '{PREFIX}': {first_ten(others)})"
        )
    kept = {name.removeprefix(PREFIX): v for name, v in state.items() if not name.endswith(COUNTER)}
    if len(kept) < len(state):
        log.info("%s: %d counters (%s) dropped", checkpoint, len(state) - len(kept), COUNTER)
    return kept


def _refused(checkpoint: Path) -> list[str]:
    """What a checkpoint holds that is not allowed; nothing where that cannot be told."""
    try:
        with torch.serialization.safe_globals(ALLOWED):
            return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(checkpoint))
    except (RuntimeError, OSError, EOFError, ValueError, UnpicklingError, LookupError):
        return []


def _line(error: Exception) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]
