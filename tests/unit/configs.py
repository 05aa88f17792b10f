"""Configs and their layouts, for the tests of layouts."""

from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from bioscan.core.artefacts import Artefacts
from bioscan.core.config import read_yaml, validated
from bioscan.core.errors import InputError
from bioscan.core.run import Run
from bioscan.layout import Layout

ROOT = Path(__file__).parents[2]
CATALOGUE = read_yaml(ROOT / "config/catalogue.yaml")
ARTEFACTS = Artefacts.read(ROOT / "workflow/report/artefacts.yaml")


#: A dataset whose images come in two published packages.
PACKAGED: dict[str, Any] = {
    "given": {
        "format": "bioscan1m",
        "source": "published",
        "packages": {"original_256": ["original_256.zip"], "cropped_256": ["cropped_256.zip"]},
        "shards": 2,
    }
}


def layout(config: dict[str, Any] | str, *overlays: str) -> Layout:
    """The layout of a config, or of one of config/*.yaml with overlays, with its defaults."""
    if isinstance(config, str):
        config = read_yaml(ROOT / f"config/{config}.yaml")
    for overlay in overlays:
        update_config(config, read_yaml(ROOT / f"config/{overlay}.yaml"))
    config = validated(config, ROOT / "workflow/schemas/config.schema.yaml")
    return Layout(Run(config, CATALOGUE, ARTEFACTS, ROOT))


def example(**changes: Any) -> dict[str, Any]:
    """A small config of a simulated 1M, a simulated 5M and an own folder."""
    simulate = {"specimens": 10}
    of_1m = {"format": "bioscan1m", "source": "simulated", "archives": 2, "simulate": simulate}
    of_5m = {"format": "bioscan5m", "source": "simulated", "archives": 1, "simulate": simulate}
    own = {"format": "folder", "source": "own", "path": "my/wells", "table": "my/labels.csv"}
    return {
        "run": "example",
        "datasets": {"small1m": {**of_1m, "shards": 3}, "small5m": of_5m, "mine": own},
        "detect": {
            "sets": {
                "drawn": {"simulate": {"wells": 4, "seed": 1}},
                "hand": {"annotations": "my/coco.json", "images": "my/images"},
            },
            "evaluate_on": [["hand"], ["drawn", "hand"]],
            "detectors": {
                "small": {"weights": "config/detectors/rt_detr", "train": ["drawn", "hand"]},
            },
        },
        "encoders": {"resnet": {"timm": "test_resnet"}, "vit": {"timm": "test_vit"}},
        "classify": {
            "dataset": "small1m",
            "backbones": ["resnet", "vit"],
            "grid": [{"sizes": ["large"], "seeds": [0, 1]}],
        },
        **changes,
    }


def change(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set one key of a config, given its path."""
    *parents, last = path.split("/")
    place = config
    for key in parents:
        place = place[key]
    place[last] = value
    return config


def fault(path: str, value: Any) -> str:
    """The message about the example with one key changed."""
    try:
        layout(change(example(), path, value))
    except InputError as error:
        return str(error)
    raise AssertionError(f"{path}: {value} is accepted")
