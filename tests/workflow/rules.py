"""The rules and their environments, as the repository states them."""

import re
from pathlib import Path

import yaml

from tests.workflow.runs import ROOT

#: Body and stage of each rule: what stands between its name and the next line that is not indented.
RULES = {
    name: (body, stage.stem)
    for stage in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", stage.read_text(), re.M)
}

ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))

#: conda → requirement, where the names differ.
REQUIREMENT_OF_CONDA = {
    "matplotlib-base": "matplotlib",
    "py-opencv": "opencv-python-headless",
    "pytorch": "torch",
}


def environment_of(rule: str) -> Path:
    """The conda environment of a rule."""
    body, _ = RULES[rule]
    return ROOT / "envs" / Path(re.search(r'conda:\n +"(.+)"', body)[1]).name


def packages_of(environment: Path) -> dict[str, str]:
    """The versions in a conda environment, under the names of requirements.txt."""
    lines = yaml.safe_load(environment.read_text())["dependencies"]
    versions = dict(line.split("=") for line in lines)
    return {REQUIREMENT_OF_CONDA.get(name, name): version for name, version in versions.items()}
