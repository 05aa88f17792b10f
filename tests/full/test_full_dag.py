"""The full reproduction as it stands, on simulated specimens (`make test-full`; not in CI).

Hours on two cores. Nothing is stubbed: the configs beside this file differ from those of config/ in
sources, sizes and the length of trainings alone, which the first tests hold.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflow.detectors import save_checkpoint
from tests.workflow.runs import ROOT, SNAKEMAKE

#: A reproduction → its configs; those of the same names beside this file are its twin.
RUNS = {
    "full": ["full"],
    "full_trained": ["full", "detectors_from_annotations"],
    "benchmarks": ["benchmarks"],
}

#: Rules that stand in for each other: downloads, and what is made in their place.
DOWNLOADS = {"state_licence", "fetch_file"}
STAND_INS = {"simulate_records", "simulate_photographs", "simulate_annotations"} | DOWNLOADS

#: Rules for simulated data only.
TRUTH = {"score_cleaning", "show_cleaning_scores"}


def paths(run: str, small: bool) -> list[str]:
    folder = "tests/full" if small else "config"
    return [f"{folder}/{name}.yaml" for name in RUNS[run]]


def read(run: str, small: bool) -> list[dict[str, Any]]:
    return [yaml.safe_load((ROOT / path).read_text()) for path in paths(run, small)]


@pytest.fixture(scope="module")
def checkpoints() -> None:
    """Published detectors as they are saved, with random weights."""
    folder = ROOT / "results" / "small_full" / "checkpoints"
    for seed, name in enumerate(("bioscan1m", "bioscan5m")):
        path = folder / f"{name}.ckpt"
        if not path.is_file():
            save_checkpoint(path, seed)


def planned(configs: list[str]) -> tuple[dict[str, int], set[str]]:
    """How often each rule runs, and the products below the run's folder."""
    command = [*SNAKEMAKE, "--dry-run", "--forceall", "--configfile", *configs]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    table = text.split("Job stats:\n")[1]
    counts = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", table, re.M)}
    inputs = re.search(r"^rule all:\n +input: (.+)$", text, re.M)[1].split(", ")
    made = {path.split("/", 2)[2] for path in inputs}
    # The number of shards is a size.
    return counts, {path for path in made if "/contents/" not in path}


@pytest.mark.parametrize("run", RUNS)
def test_the_experiments_are_those_of_the_reproduction(run):
    for full, small in zip(read(run, small=False), read(run, small=True), strict=True):
        assert small.get("image") == full.get("image")
        assert list(small.get("encoders", {})) == list(full.get("encoders", {}))
        assert small.get("embed") == full.get("embed")
        full_detect, small_detect = full.get("detect", {}), small.get("detect", {})
        assert small_detect.get("sets", {}).keys() == full_detect.get("sets", {}).keys()
        assert small_detect.get("evaluate_on") == full_detect.get("evaluate_on")
        trained = [
            {name: d.get("train") for name, d in detect.get("detectors", {}).items()}
            for detect in (full_detect, small_detect)
        ]
        assert trained[0] == trained[1]
        if "classify" in full:
            for key in ("dataset", "backbones", "grid", "ablation"):
                assert small["classify"][key] == full["classify"][key]
            # `paper` is there without being named, and is made small by it.
            assert list(small["classify"]["recipes"]) == ["paper", *full["classify"]["recipes"]]
        if "barcode" in full:
            assert small["barcode"]["models"] == full["barcode"]["models"]
            assert small["barcode"]["search"] == full["barcode"]["search"]
        if "cluster" in full:
            assert small["cluster"]["spaces"] == full["cluster"]["spaces"]
        if "retrieve" in full:
            for key in ("models", "evaluation"):
                assert small["retrieve"][key] == full["retrieve"][key]
            assert small["retrieve"]["recipes"].keys() == full["retrieve"]["recipes"].keys()
            apart = [
                {
                    name: given["apart_from"]
                    for name, given in config["retrieve"]["training"].items()
                }
                for config in (full, small)
            ]
            assert apart[0] == apart[1]
        for name, dataset in full.get("datasets", {}).items():
            other = small["datasets"][name]
            same = ("format", "detector", "clean")
            assert [other.get(k) for k in same] == [dataset.get(k) for k in same]
            assert other.get("packages", {}).keys() == dataset.get("packages", {}).keys()
            # As for published data, where it is the default.
            assert other["source"] == "own" or other["partition"] == {"method": "published"}


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("run", ["full", "full_trained"])
def test_the_rules_and_files_are_those_of_the_reproduction(run):
    compare(run)


def compare(run: str) -> None:
    (full, targets), (small, small_targets) = (
        planned(paths(run, small)) for small in (False, True)
    )
    assert small.keys() - STAND_INS - TRUTH == full.keys() - STAND_INS
    of_models = [name for name in full if name.endswith(("_classifier", "_detector"))]
    assert {n: small[n] for n in of_models} == {n: full[n] for n in of_models}
    assert full["train_classifier"] == 72 + 4
    made = {path for path in small_targets if "cleaning_scores" not in path}
    # The number of zips is a size.
    assert {path for path in made if "_cropped_part" not in path} == {
        path for path in targets if "_cropped_part" not in path
    }


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("run", RUNS)
def test_the_reproduction_runs(run):
    """In the repository itself, so that a second try resumes; finished files stay.

    The benchmarks come last, as the full reproduction releases their packages.
    """
    if run == "benchmarks":
        compare(run)
    configs = paths(run, small=True)
    finished = subprocess.run([*SNAKEMAKE, "--configfile", *configs], cwd=ROOT, check=False)
    assert finished.returncode == 0
    _, targets = planned(configs)
    name = read(run, small=True)[-1]["run"]
    missing = [path for path in targets if not Path(ROOT, "results", name, path).exists()]
    assert not missing
