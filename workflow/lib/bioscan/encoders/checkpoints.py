"""Weights of encoders: read without running any code, and loaded with every name accounted for."""

import argparse
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from bioscan.core.errors import InputError, first_ten, why_not_opened

_NOT_OF_THE_MODEL = ("model_type", "architectures", "auto_map", "torch_dtype", "dtype")

Model = TypeVar("Model", bound=nn.Module)
State = Mapping[str, torch.Tensor]


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a file of weights holds: tensors by name, in a pickle beside or below other values.

    Args:
        path: safetensors, or a pickle of torch, of which only tensors, plain values and the
            `argparse.Namespace` of the released BarcodeBERT are read.

    Raises:
        InputError: the file is cut short, or holds anything else.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals([argparse.Namespace]):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path}: not read, as it is no pickle of tensors and plain values alone "
            f"({str(error).splitlines()[0]}); use the model's safetensors"
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, SafetensorError) as error:
        reason = why_not_opened(error) if isinstance(error, OSError) else _first_line(error)
        raise InputError(
            f"{path}: not a whole file of weights ({reason}); fetch it again"
        ) from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: holds {type(found).__name__!r}, expected tensors by name")
    return found


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def tensors(found: Any, path: Path, prefixes: Sequence[str] = ()) -> State:
    """The tensors of a checkpoint by name, without the first of the prefixes that they have.

    Raises:
        InputError: a value is no tensor.
    """
    if not isinstance(found, Mapping):
        raise InputError(f"{path}: expected tensors by name, found {type(found).__name__!r}")
    others = [name for name, value in found.items() if not isinstance(value, torch.Tensor)]
    if others or not found:
        raise InputError(f"{path}: expected tensors by name, found {first_ten(others) or 'none'}")
    return {_without(name, prefixes): value for name, value in found.items()}


def _without(name: str, prefixes: Sequence[str]) -> str:
    return next((name.removeprefix(p) for p in prefixes if name.startswith(p)), name)


def built(make: Callable[[], Model], path: Path) -> Model:
    """A model from the config of a checkpoint.

    Raises:
        InputError: the config makes none. (Libraries refuse a value by errors of many classes.)
    """
    try:
        return make()
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].strip()
        raise InputError(
            f"{path}: its config makes no model ({reason}); name the weights of another, or fetch "
            "it again"
        ) from error


def model_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a config.json but for those on how it was saved, and on code beside it."""
    return {key: value for key, value in config.items() if key not in _NOT_OF_THE_MODEL}


def load_strictly(
    model: nn.Module, state: State, path: Path, name: str, ignored: Sequence[str] = ()
) -> None:
    """Load weights, all of them.

    Args:
        name: of the architecture, for the message.
        ignored: prefixes of weights that the encoder has no use for, such as those of a head.

    Raises:
        InputError: a weight is missing, unexpected or of another shape.
    """
    kept = {k: v for k, v in state.items() if not k.startswith(tuple(ignored))}
    expected = {k: v.shape for k, v in model.state_dict().items()}
    faults = [
        *(f"{k} is missing" for k in expected if k not in kept),
        *(f"{k} is unexpected" for k in kept if k not in expected),
        *(
            f"{k} is {tuple(v.shape)}, expected {tuple(expected[k])}"
            for k, v in kept.items()
            if k in expected and v.shape != expected[k]
        ),
    ]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise InputError(f"{path}: not the weights of {name} ({', '.join(faults[:3])}{more})")
    model.load_state_dict(kept)
