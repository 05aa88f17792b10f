"""Specimens that are named on the command line: `--config images=FOLDER barcodes=FILE`."""

import os
from copy import deepcopy
from typing import Any

from bioscan.core.errors import InputError

#: Keys of the command line: a folder of photographs, their barcodes, and a list of species.
IMAGES, BARCODES, REGION = "images", "barcodes", "region"

#: The dataset that they make, unless the config names one.
SPECIMENS = "specimens"


def with_specimens(config: dict[str, Any]) -> dict[str, Any]:
    """The config with a dataset of the specimens that the command line names, if it does.

    They take the place of those that `identify` names, and are detected and cropped alike; as the
    references, where it names none.

    Args:
        config: as Snakemake has merged it, not validated; it is not changed.

    Raises:
        InputError: a value is no text, or the config says nothing of how specimens are identified.
    """
    given = {key: config[key] for key in (IMAGES, BARCODES, REGION) if key in config}
    if not given:
        return config
    for key, value in given.items():
        if not isinstance(value, str):
            raise InputError(
                f"--config {key}: Snakemake has read the value as {value!r}, expected a path; "
                "write ./ before a relative one, and rename one with a colon and a space in it"
            )
    config = deepcopy({key: value for key, value in config.items() if key not in given})
    if not isinstance(config.get("identify"), dict):
        raise InputError(
            f"config: {', '.join(given)} given, but the config has no key identify, which says "
            "what specimens are compared with; add it (workflow/docs/identify.md)"
        )
    settings = config["identify"]
    if REGION in given:
        settings["region"] = os.path.normpath(given[REGION])
    if IMAGES not in given and BARCODES not in given:
        return config
    before = config["datasets"].pop(settings.get("specimens"), None) or {}
    settings.pop("simulate", None)
    settings["specimens"] = SPECIMENS
    references = config["datasets"].get(settings.get("references")) or {}
    dataset = {key: references[key] for key in ("detector",) if key in references}
    dataset |= {key: before[key] for key in ("detector", "shards") if key in before}
    dataset |= {"format": "folder", "source": "own"}
    places = {"path": given.get(IMAGES), "table": given.get(BARCODES)}
    dataset |= {key: os.path.normpath(place) for key, place in places.items() if place is not None}
    config["datasets"][SPECIMENS] = dataset
    return config
