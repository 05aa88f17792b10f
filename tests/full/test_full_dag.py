"""The full reproduction as it stands, on simulated specimens (`make test-full`; not in CI).

Half an hour on two cores. Nothing is stubbed: full.yaml beside this file differs from
config/full.yaml in sources, sizes and the length of trainings alone, which the first tests hold.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflow.runs import ROOT, SNAKEMAKE

FULL, SMALL = "config/full.yaml", "tests/full/full.yaml"

#: Rules that stand in for each other: downloads, and what is made in their place.
DOWNLOADS = {"state_licence", "fetch_file"}
STAND_INS = {"simulate_records", "simulate_photographs", "simulate_annotations"} | DOWNLOADS

#: Rules for simulated data only.
TRUTH = {"score_cleaning", "show_cleaning_scores"}


@pytest.fixture(scope="module")
def configs() -> tuple[dict[str, Any], dict[str, Any]]:
    full, small = (yaml.safe_load((ROOT / path).read_text()) for path in (FULL, SMALL))
    return full, small


def planned(config: str) -> tuple[dict[str, int], set[str]]:
    """How often each rule runs, and the products below the run's folder."""
    command = [*SNAKEMAKE, "--dry-run", "--forceall", "--configfile", config]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    table = text.split("Job stats:\n")[1]
    counts = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", table, re.M)}
    inputs = re.search(r"^rule all:\n +input: (.+)$", text, re.M)[1].split(", ")
    made = {path.split("/", 2)[2] for path in inputs}
    # The number of shards is a size.
    return counts, {path for path in made if "/packs/contents/" not in path}


def test_the_experiments_are_those_of_the_full_reproduction(configs):
    full, small = configs
    assert small["image"] == full["image"]
    assert small["detect"]["sets"].keys() == full["detect"]["sets"].keys()
    assert small["detect"]["evaluate_on"] == full["detect"]["evaluate_on"]
    for key in ("dataset", "grid", "ablation"):
        assert small["classify"][key] == full["classify"][key]
    assert list(small["classify"]["backbones"]) == list(full["classify"]["backbones"])
    # `paper` is there without being named, and is made small by it.
    assert list(small["classify"]["recipes"]) == ["paper", *full["classify"]["recipes"]]
    trained = [
        {name: d["train"] for name, d in c["detect"]["detectors"].items()} for c in (full, small)
    ]
    assert trained[0] == trained[1]
    for name, dataset in full["datasets"].items():
        same = ("format", "detector", "clean")
        assert [small["datasets"][name].get(k) for k in same] == [dataset.get(k) for k in same]
        # As for published data, where it is the default.
        assert small["datasets"][name]["partition"] == {"method": "published"}


def test_the_rules_and_files_are_those_of_the_full_reproduction():
    (full, targets), (small, small_targets) = planned(FULL), planned(SMALL)
    assert small.keys() - STAND_INS - TRUTH == full.keys() - STAND_INS
    of_models = [name for name in full if name.endswith(("_classifier", "_detector"))]
    assert {n: small[n] for n in of_models} == {n: full[n] for n in of_models}
    assert full["train_classifier"] == 72 + 4
    assert {path for path in small_targets if "cleaning_scores" not in path} == targets


def test_the_full_reproduction_runs():
    """In the repository itself, so that a second try resumes; finished files stay."""
    run = subprocess.run([*SNAKEMAKE, "--configfile", SMALL], cwd=ROOT, check=False)
    assert run.returncode == 0
    _, targets = planned(SMALL)
    missing = [path for path in targets if not Path(ROOT, "results/small_full", path).is_file()]
    assert not missing
