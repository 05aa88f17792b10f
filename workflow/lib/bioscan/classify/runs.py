"""The runs of the classification experiments, from the blocks of the config."""

from collections.abc import Mapping
from typing import Any

from bioscan.core.grid import expand_grid

#: The axes of the grid: name in a run → key of a block in the config.
AXES = {
    "task": "tasks",
    "size": "sizes",
    "backbone": "backbones",
    "loss": "losses",
    "package": "packages",
    "recipe": "recipe",
    "seed": "seeds",
}

#: Rows with experiment, backbone, loss, package, recipe and seed (`classify.settings.ClassifierRun`
#: in the scripts; rules hand on plain values).
Runs = list[dict[str, Any]]


def expand_runs(classify: Mapping[str, Any], part: str) -> Runs:
    """The runs of `grid` or `ablation`; none where the config has no classification.

    Args:
        classify: the config's `classify`. A block that names no backbones has all of them.
    """
    every = {"backbones": classify.get("backbones", [])}
    rows = expand_grid([every | block for block in classify.get(part, [])], AXES)
    return [{"experiment": f"{row.pop('size')}_{row.pop('task')}", **row} for row in rows]


def experiments(runs: Runs) -> list[str]:
    """The names of the experiments, in the order of their first runs."""
    return list(dict.fromkeys(run["experiment"] for run in runs))


def of_experiment(runs: Runs, experiment: str) -> Runs:
    return [run for run in runs if run["experiment"] == experiment]


def of_one_setup(runs: Runs) -> Runs:
    """The runs with the package and the recipe of the first one."""
    same = ("package", "recipe")
    return [run for run in runs if all(run[key] == runs[0][key] for key in same)]
