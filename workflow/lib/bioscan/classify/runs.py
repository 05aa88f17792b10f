"""The runs of the classification experiments, from the blocks of the config."""

from collections.abc import Mapping
from typing import Any

from bioscan.core.grid import expand_grid, experiments_of

#: The axes of the grid: name in a run → key of a block in the config.
AXES = {
    "experiment": "experiments",
    "backbone": "backbones",
    "loss": "losses",
    "package": "packages",
    "recipe": "recipe",
    "seed": "seeds",
}

#: Rows with experiment, backbone, loss, package, recipe and seed (`classify.settings.ClassifierRun`
#: in the scripts; rules hand on plain values).
Runs = list[dict[str, Any]]


def expand_runs(classify: Mapping[str, Any], part: str, format: str) -> Runs:
    """The runs of `grid` or `ablation`.

    Args:
        classify: the config's `classify`. A block that names no backbones has all of them.
        format: of the dataset that is classified.
    """
    every = {"backbones": classify["backbones"]}
    blocks = [
        every | block | {"experiments": experiments_of(block, format)} for block in classify[part]
    ]
    return expand_grid(blocks, AXES)


def experiments(runs: Runs) -> list[str]:
    """The names of the experiments, in the order of their first runs."""
    return list(dict.fromkeys(run["experiment"] for run in runs))


def of_experiment(runs: Runs, experiment: str) -> Runs:
    return [run for run in runs if run["experiment"] == experiment]


def of_one_setup(runs: Runs) -> Runs:
    """The runs with the package and the recipe of the first one."""
    same = ("package", "recipe")
    return [run for run in runs if all(run[key] == runs[0][key] for key in same)]
