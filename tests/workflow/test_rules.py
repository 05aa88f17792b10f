"""Every rule has what the house asks of it."""

import logging
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake_executor_plugin_slurm.partitions import get_best_partition, read_partition_file

from bioscan.core.code import code_of, third_party_imports
from tests.workflow.rules import ENVIRONMENTS, RULES, environment_of, packages_of
from tests.workflow.runs import ROOT, snakemake

SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "scripts").rglob("*.py"))

#: import → requirement, where the names differ.
REQUIREMENT_OF_IMPORT = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "great_tables": "great-tables",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
#: Packages that no code of ours imports, but one that it imports does, when asked to.
BEHIND = {
    # transformers: to match boxes, and for the ResNet of the published DETR
    "detect": {"scipy", "timm"},
}


def pins() -> dict[str, str]:
    """Every version of requirements.txt, by name."""
    text = (ROOT / "envs" / "requirements.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[\w+\])?==([^\s;]+)", text, re.M))


def imported_by(rule: str) -> set[str]:
    """What the code of a rule imports, under the names of requirements.txt."""
    code = code_of(f"scripts/{RULES[rule][1]}/{rule}.py", ROOT)
    names = {name for file in code for name in third_party_imports(Path(file))}
    return {REQUIREMENT_OF_IMPORT.get(name, name) for name in names - set(sys.stdlib_module_names)}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_complete(rule):
    body, stage = RULES[rule]
    given = set(re.findall(r"^    (\w+):", body, re.M))
    wanted = {"input", "output", "log", "benchmark", "conda", "threads", "resources", "message"}
    assert wanted <= given
    assert f'script:\n        "../../scripts/{stage}/{rule}.py"' in body
    assert f'code("scripts/{stage}/{rule}.py")' in body
    assert f"/{rule}" in re.search(r"log:\n +\"(.+)\"", body)[1]
    assert f"/{rule}" in re.search(r"benchmark:\n +\"(.+)\"", body)[1]
    assert {"mem_mb", "runtime"} <= set(re.findall(r"^        (\w+)=", body, re.M))


def test_every_script_has_a_rule():
    assert {Path(script).stem for script in SCRIPTS} == set(RULES)


def test_a_stage_imports_no_sibling():
    library = ROOT / "workflow" / "lib" / "bioscan"
    ground_floor = {"core", "encoders"}
    for path in library.rglob("*.py"):
        stage = path.relative_to(library).parts[0]
        if stage.endswith(".py"):
            continue
        imported = set(re.findall(r"^from bioscan\.(\w+)", path.read_text(), re.M))
        allowed = {"core"} if stage in ground_floor else {stage, *ground_floor}
        assert imported <= allowed, path
        assert "snakemake" not in third_party_imports(path), path


@pytest.mark.parametrize("rule", RULES)
def test_the_environment_of_a_rule_holds_all_that_its_code_imports(rule):
    assert imported_by(rule) <= set(packages_of(environment_of(rule)))


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_holds_nothing_that_none_of_its_rules_imports(path):
    imported = set().union(*(imported_by(rule) for rule in RULES if environment_of(rule) == path))
    assert set(packages_of(path)) == {"python", *imported, *BEHIND.get(path.stem, ())}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_is_of_conda_forge_and_bioconda_alone(path):
    assert set(yaml.safe_load(path.read_text())["channels"]) <= {"conda-forge", "bioconda"}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_the_versions_of_an_environment_are_those_of_the_requirements(path):
    for name, version in packages_of(path).items():
        if name != "python":
            # conda-forge counts OpenCV without the wheel's build number.
            pinned = pins()[name]
            assert pinned == version or (
                pinned.startswith(f"{version}.") and name.startswith("open")
            )


def test_requirements_pin_everything_that_is_installed():
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "freeze", "--all"], stdout=subprocess.PIPE, text=True
    ).stdout
    names = {line.split("==")[0].lower().replace("_", "-") for line in installed.splitlines()}
    locked = {name.lower().replace("_", "-") for name in pins()}
    assert names - locked <= {"pip", "setuptools", "wheel"}


@pytest.mark.parametrize("profile", ["default", "slurm"])
def test_the_rules_that_a_profile_names_exist(profile):
    """Snakemake passes over others in silence."""
    given = yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text())
    named = {rule for key in ("set-threads", "set-resources") for rule in given.get(key) or {}}
    assert named <= set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_the_slurm_profile_sends_a_rule_to_gpus_if_it_asks_for_one(rule):
    body, _ = RULES[rule]
    resources = {name: int(value) for name, value in re.findall(r"^ +(gpu)=(\d+)", body, re.M)}
    partitions = read_partition_file(ROOT / "profiles" / "slurm" / "partitions.yaml")
    job = SimpleNamespace(name=rule, threads=1, resources=resources)
    chosen = get_best_partition(partitions, job, logging.getLogger())
    assert chosen == ("gpu" if "gpu=" in body else "cpu")


@pytest.mark.parametrize(
    "rule", [name for name, (body, _) in RULES.items() if "localrule" not in body]
)
def test_a_rule_asks_for_more_when_it_is_tried_again(rule):
    body, _ = RULES[rule]
    assert "mem_mb=growing(" in body
    # A training goes on from its checkpoint.
    assert ("runtime=growing(" in body) != rule.startswith("train_")
    # The profile's retries are new jobs; a rule's own would stay within the first.
    assert "retries:" not in body


def test_snakemake_finds_no_fault():
    run = snakemake(ROOT, "--lint")
    assert run.returncode == 0, run.stdout
