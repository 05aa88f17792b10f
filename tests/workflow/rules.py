"""The rules and their environments, as the repository states them."""

from pathlib import Path

import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings
from snakemake.workflow import Workflow

from tests.workflow.runs import ROOT


def _read_workflow() -> Workflow:
    """The workflow of the tiny config, as Snakemake reads it."""
    with SnakemakeApi(OutputSettings(quiet=set(Quietness))) as api:
        return api.workflow(
            resource_settings=ResourceSettings(),
            config_settings=ConfigSettings(configfiles=[ROOT / "tests/workflow/tiny.yaml"]),
            snakefile=ROOT / "Snakefile",
            workdir=ROOT,
        )._workflow


WORKFLOW = _read_workflow()

#: Snakemake's own rules by name. Those without a script are targets.
SCRIPTED = {rule.name: rule for rule in WORKFLOW.rules if rule.script}

#: One for each script; the others are variants of one that differ in their outputs.
RULES = {name: rule for name, rule in SCRIPTED.items() if Path(rule.script).stem == name}


def stage_of(rule: str) -> str:
    """The stage whose file has a rule; a file that another includes begins with its name."""
    return Path(RULES[rule].snakefile).stem.split("_")[0]


def is_local(rule: str) -> bool:
    return rule in WORKFLOW._localrules


ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))

#: conda → requirement, where the names differ.
REQUIREMENT_OF_CONDA = {
    "matplotlib-base": "matplotlib",
    "parasail-python": "parasail",
    "py-opencv": "opencv-python-headless",
    "pytorch": "torch",
}

#: Packages of environments that hold programs, and no Python: conda → the programs.
PROGRAMS = {"blast": ("blastn", "makeblastdb")}


def environment_of(rule: str) -> Path:
    """The conda environment of a rule."""
    return ROOT / "envs" / Path(RULES[rule].conda_env).name


def packages_of(environment: Path) -> dict[str, str]:
    """The versions of the Python packages in an environment, by their names on PyPI."""
    named = _versions(environment)
    return {
        REQUIREMENT_OF_CONDA.get(name, name): version
        for name, version in named.items()
        if name not in PROGRAMS
    }


def programs_of(environment: Path) -> dict[str, str]:
    """The versions of the packages in an environment that hold programs, by their conda names."""
    return {name: given for name, given in _versions(environment).items() if name in PROGRAMS}


def _versions(environment: Path) -> dict[str, str]:
    lines = yaml.safe_load(environment.read_text())["dependencies"]
    conda = [line for line in lines if isinstance(line, str) and line != "pip"]
    pip = [line for section in lines if isinstance(section, dict) for line in section["pip"]]
    return dict(line.split("=") for line in conda) | dict(line.split("==") for line in pip)
