"""Model folders: weights that the config names, of the catalogue's formats.

A folder of a model holds `config.json` and, where it is trained, `model.safetensors`; `config.json`
says which library it belongs to. (Imported by every run of Snakemake: no torch.)
"""

import json
from pathlib import Path
from typing import Any, Literal

from bioscan.core.errors import InputError, first_ten

#: The library that a model belongs to.
Library = Literal["timm", "transformers", "segmentation_models_pytorch"]

#: The key of config.json by which a library is recognised.
KEYS: dict[Library, str] = {
    "timm": "architecture",
    "transformers": "model_type",
    "segmentation_models_pytorch": "_model_class",
}

#: The files of a model that are read, and suffixes of pickles, which are not.
CONFIG, WEIGHTS = "config.json", "model.safetensors"
PICKLES = (".bin", ".pt", ".pth", ".tar", ".ckpt")


def model_files(name: str, root: Path, key: str) -> list[Path]:
    """The files of a model of one's own: a folder's config.json and weights, or a checkpoint.

    Args:
        name: a folder, or a Lightning checkpoint (`*.ckpt`): absolute, relative to the working
            directory, or relative to the repository, tried in this order.
        root: the repository.
        key: of the config, for messages.

    Returns:
        Paths as given, or below `root`; model.safetensors is missing where the folder has none.

    Raises:
        InputError: there is no such folder, or its weights are in a format that is not read.
    """
    given = Path(name).expanduser()
    found = next((path for path in (given, root / given) if path.exists()), None)
    if found is not None and found.is_file() and found.suffix == ".ckpt":
        return [found]
    if found is None or not found.is_dir():
        raise InputError(
            f"config: {key} is '{name}', which is neither in config/catalogue.yaml nor a "
            "folder with a config.json"
        )
    if not (found / CONFIG).is_file():
        files = first_ten(sorted(path.name for path in found.iterdir())) or "nothing"
        raise InputError(f"config: {key} is '{name}', a folder without config.json (has {files})")
    if (found / WEIGHTS).is_file():
        return [found / CONFIG, found / WEIGHTS]
    others = sorted(
        path.name
        for path in found.iterdir()
        if path.suffix in (*PICKLES, ".safetensors", ".h5", ".msgpack")
    )
    if others:
        raise InputError(
            f"config: {key} is '{name}', which has no {WEIGHTS} but {first_ten(others)}; "
            f"save the weights as one file {WEIGHTS}"
        )
    return [found / CONFIG]


def read_config(path: Path) -> dict[str, Any]:
    """A model's config.json.

    Raises:
        InputError: it is no JSON object.
    """
    try:
        config = json.loads(path.read_text())
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: not the config of a model ({error})") from error
    if not isinstance(config, dict):
        raise InputError(f"{path}: not the config of a model (expected an object)")
    return config


def require_library(key: str, name: str, path: Path, *expected: Library) -> dict[str, Any]:
    """The config.json of a model, which belongs to one of some libraries.

    Args:
        key, name: of the config and its value, for messages.
        path: its config.json.

    Raises:
        InputError: it belongs to another one.
    """
    config = read_config(path)
    found = next((library for library, mark in KEYS.items() if mark in config), None)
    if found not in expected:
        named = f"is a model of {found}" if found else f"has none of {', '.join(KEYS.values())}"
        raise InputError(
            f"config: {key} is '{name}', whose {CONFIG} {named}; expected one of "
            f"{' or '.join(expected)}"
        )
    return config
