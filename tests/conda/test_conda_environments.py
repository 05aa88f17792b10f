"""Every rule runs with nothing but what its conda environment names.

The environments are solved and installed by py-rattler from a channel of the packages that are
installed here (`channel`). Snakemake, whose own packages a script can see too, runs from an
environment of its own with nothing else in it.

This proves that an environment is complete, and that its pins fit together as the wheels see them.
It does not prove that the public channels carry them.

By default the rules without torch run, on the outputs that the tiny run left of the others. `make
test-conda` runs all rules. On two idle cores the channel takes ten seconds, all environments five,
the rules without torch a minute and all rules two and a half; 0.7 GB of links while they last.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import stand_in
from channel import make_channel
from rules import ENVIRONMENTS, RULES, environment_of, packages_of
from runs import ROOT, TINY, contents, copy_repository

#: Rules that the tiny run has no use for: they need the internet.
ACQUIRE = {rule for rule, (_, stage) in RULES.items() if stage == "acquire"}
LIGHT = {rule for rule in RULES if "torch" not in packages_of(environment_of(rule))} - ACQUIRE


class Conda:
    """A `conda`, and a Snakemake that uses it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        stand_in.install(base)
        packages = {name for path in ENVIRONMENTS for name in packages_of(path)} - {"python"}
        make_channel(base / "channels" / "conda-forge", packages | {"snakemake"})
        alone = base / "snakemake.yaml"
        alone.write_text("channels: [conda-forge]\ndependencies: [python=3.11, snakemake]\n")
        self.python = self.create(alone) / "bin" / "python"

    def create(self, environment: Path) -> Path:
        """Make an environment; returns its prefix."""
        prefix = self.base / "environments" / environment.stem
        if prefix.exists():
            return prefix
        create = ["env", "create", "--file", environment, "--prefix", prefix]
        subprocess.run([self.base / "bin" / "conda", *create], check=True)
        return prefix

    def snakemake(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
        """Run the tiny workflow in a copy of the repository; its output is in `stdout`."""
        own = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        variables = {name: value for name, value in os.environ.items() if name not in own}
        path = f"{self.base / 'bin'}:{self.python.parent}:{os.defpath}"
        return subprocess.run(
            [self.python, "-m", "snakemake", "--cores", "2", *TINY, "--sdm", "conda", *arguments],
            cwd=folder,
            env=variables | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def conda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conda]:
    base = tmp_path_factory.mktemp("conda")
    yield Conda(base)
    shutil.rmtree(base)


def rules_of(output: str) -> set[str]:
    """The rules in Snakemake's table of jobs; all of them ran if it ended well."""
    return set(re.findall(r"^(\w+) +\d+$", output, re.M))


def test_the_rules_without_torch_run_with_what_their_environments_name(conda, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "light", symlinks=True)
    run = conda.snakemake(folder, "--forceall", "--allowed-rules", "all", *sorted(LIGHT))
    assert run.returncode == 0, run.stdout
    assert rules_of(run.stdout) >= LIGHT
    assert contents(folder / "results") == contents(finished / "results")


def test_a_rule_fails_without_a_package_that_it_needs(conda, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "lacking", symlinks=True)
    tables = folder / "envs" / "tables.yaml"
    tables.write_text(re.sub("  - rapidfuzz=.*\n", "", tables.read_text()))
    cleaned = "results/tiny/bioscan1m/records/curated.parquet"
    run = conda.snakemake(folder, "--force", "--allowed-rules", "clean_labels", "--", cleaned)
    assert run.returncode != 0
    assert "No module named 'rapidfuzz'" in run.stdout


@pytest.mark.parametrize("rule", sorted(ACQUIRE))
def test_the_environment_of_a_rule_that_needs_the_internet_imports_its_code(conda, rule):
    prefix = conda.create(environment_of(rule))
    script = ROOT / "scripts" / "acquire" / f"{rule}.py"
    subprocess.run(
        [prefix / "bin" / "python", "-c", f"import runpy; runpy.run_path({str(script)!r})"],
        env={"PYTHONPATH": str(ROOT / "workflow" / "lib")},
        check=True,
    )


@pytest.mark.heavy
def test_every_rule_runs_with_what_its_environment_names(conda, finished, tmp_path):
    folder = copy_repository(tmp_path / "whole")
    run = conda.snakemake(folder)
    assert run.returncode == 0, run.stdout
    assert rules_of(run.stdout) >= set(RULES) - ACQUIRE
    assert contents(folder / "results") == contents(finished / "results")
