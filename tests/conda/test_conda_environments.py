"""Every rule runs with nothing but what its conda environment names.

The environments are solved and installed by py-rattler from a channel of the packages that are
installed here (`channel`). Snakemake, whose own packages a script can see too, runs from an
environment of its own with nothing else in it.

This proves that an environment is complete, and that its pins fit together as the wheels see them.
It does not prove that the public channels carry them.

By default the rules without torch run, on the outputs that the tiny run left of the others. `make
test-conda` runs all rules. On two busy cores (load 6) the channel and an environment take ten
seconds, the rules without torch two minutes and all rules five; 0.6 GB of links while they last.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
import yaml

from tests.conda import stand_in
from tests.conda.channel import make_channel, make_program_channel
from tests.unit.encoders.small_towers import ENCODERS, RELEASED, towers
from tests.unit.encoders.test_clibd import PREFIXES, adapted, checkpoint
from tests.workflow.detectors import save_checkpoint
from tests.workflow.rules import (
    ENVIRONMENTS,
    RULES,
    environment_of,
    packages_of,
    programs_of,
)
from tests.workflow.runs import PACKAGES, TINY, contents, copy_repository

#: Rules that download, for which the tiny run has no use.
ACQUIRE = {rule for rule in RULES if "requests" in packages_of(environment_of(rule))}
LIGHT = {rule for rule in RULES if "torch" not in packages_of(environment_of(rule))} - ACQUIRE

#: Those that take the pages of all others.
LAST = {"tabulate_costs", "write_overview"}

#: A table of classifiers that the tiny run does without, as it classifies 1M, which has others.
BY_RANK = "results/tiny/bioscan1m/tables/classifiers.csv"

#: A published aligned model.
ALIGNED_FILE = "5m_image_dna_text.pth"


class Conda:
    """A `conda`, and a Snakemake that uses it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        stand_in.install(base)
        packages = {name for path in ENVIRONMENTS for name in packages_of(path)} - {"python"}
        make_channel(base / "channels" / "conda-forge", packages | {"snakemake"})
        programs = {name: one for path in ENVIRONMENTS for name, one in programs_of(path).items()}
        make_program_channel(base / "channels" / "bioconda", programs)
        alone = base / "snakemake.yaml"
        alone.write_text("channels: [conda-forge]\ndependencies: [python=3.11, snakemake]\n")
        create = ["env", "create", "--file", alone, "--prefix", base / "snakemake"]
        subprocess.run([base / "bin" / "conda", *create], check=True)

    def snakemake(
        self, folder: Path, *arguments: str, config: Sequence[str] = TINY
    ) -> subprocess.CompletedProcess:
        """Run the tiny workflow in a copy of the repository; its output is in `stdout`."""
        own = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        variables = {name: value for name, value in os.environ.items() if name not in own}
        commands = [self.base / "bin", self.base / "snakemake" / "bin", os.defpath]
        conda = ["--sdm", "conda", "--conda-prefix", self.base / "environments"]
        return subprocess.run(
            ["python", "-m", "snakemake", "--cores", "2", *config, *conda, *arguments],
            cwd=folder,
            env=variables | {"PATH": ":".join(map(str, commands))},
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


def compared_or_first(finished: Path, rules: set[str]) -> list[str]:
    """All outputs of some rules that are compared, and one of each rule with none.

    A rule that draws figures or writes pages does so for dozens of tables.
    """
    compared = {f"results/{name}" for name in contents(finished / "results")}
    files = sorted(str(path.relative_to(finished)) for path in finished.glob("results/tiny/**/*"))
    targets: list[str] = []
    for name in sorted(rules):
        made = [path for path in files if any(one.match(path) for one in RULES[name].output)]
        targets += [path for path in made if path in compared] or made[:1]
    return list(dict.fromkeys(targets))


def copying_rules(conda: Conda, folder: Path) -> set[str]:
    """The rules that copy a package of those that the tiny run has released, once they have run."""
    pack = "results/packages/bioscan1m/packs/cropped_256/0000.h5"
    rules = "ingest_records", "index_images_of_package", "copy_package"
    run = conda.snakemake(
        folder, "--forceall", "--allowed-rules", *rules, "--", pack, config=PACKAGES
    )
    assert run.returncode == 0, run.stdout
    return rules_of(run.stdout)


def converting_rules(conda: Conda, folder: Path) -> set[str]:
    """The rules that convert published models, and the table that is of 5M, once they have run."""
    save_checkpoint(folder / "published.ckpt", seed=0)
    aligned = folder / "results" / "tiny" / "weights" / "clibd-lora" / ALIGNED_FILE
    aligned.parent.mkdir(parents=True)
    torch.save(checkpoint(adapted(towers(RELEASED)), PREFIXES["first"]), aligned)
    path = folder / "tests" / "workflow" / "tiny.yaml"
    config = yaml.safe_load(path.read_text())
    config["detect"]["detectors"]["published"] = {"weights": "published.ckpt"}
    config["encoders"] |= {f"published_{modality}": one for modality, one in ENCODERS.items()}
    config["retrieve"]["recipes"]["published"] = asdict(RELEASED)
    config["retrieve"]["models"]["published"] = {
        "training": "5m",
        "encoders": {modality: f"published_{modality}" for modality in ENCODERS},
        "recipe": "published",
        "weights": "clibd-lora",
        "file": ALIGNED_FILE,
    }
    path.write_text(yaml.safe_dump(config))
    targets = [
        "results/tiny/detect/converted/published/model.safetensors",
        "results/tiny/bioscan5m/retrieve/models/published/seed0/model.safetensors",
        BY_RANK,
    ]
    run = conda.snakemake(folder, "--", *targets)
    assert run.returncode == 0, run.stdout
    return rules_of(run.stdout)


def test_the_rules_without_torch_run_with_what_their_environments_name(conda, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "light", symlinks=True)
    last = conda.snakemake(
        folder, "--force", "--allowed-rules", *LAST, "--", *compared_or_first(finished, LAST)
    )
    assert last.returncode == 0, last.stdout
    targets = [*compared_or_first(finished, LIGHT - LAST), BY_RANK]
    run = conda.snakemake(folder, "--forceall", "--allowed-rules", *LIGHT, "--", *targets)
    assert run.returncode == 0, run.stdout
    (folder / BY_RANK).unlink()
    assert contents(folder / "results") == contents(finished / "results")
    ran = rules_of(last.stdout) | rules_of(run.stdout) | copying_rules(conda, folder)
    assert ran >= LIGHT


def test_a_rule_fails_without_a_package_that_it_needs(conda, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "lacking", symlinks=True)
    names = folder / "envs" / "names.yaml"
    names.write_text(re.sub("  - rapidfuzz=.*\n", "", names.read_text()))
    cleaned = "results/tiny/bioscan1m/records/curated.parquet"
    run = conda.snakemake(folder, "--force", "--allowed-rules", "clean_labels", "--", cleaned)
    assert run.returncode != 0
    assert "No module named 'rapidfuzz'" in run.stdout


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A file, and where a server on this machine offers it."""
    file = tmp_path / "served" / "model.safetensors"
    file.parent.mkdir()
    file.write_bytes(b"weights")
    handler = partial(SimpleHTTPRequestHandler, directory=file.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield file, f"http://127.0.0.1:{server.server_port}/{file.name}"
        server.shutdown()


def test_the_rules_that_download_run_with_what_their_environment_names(conda, served, tmp_path):
    file, address = served
    folder = copy_repository(tmp_path / "downloads")
    path = folder / "config" / "catalogue.yaml"
    catalogue = yaml.safe_load(path.read_text())
    catalogue["weights"]["resnet50"]["files"][file.name] = {
        "size": file.stat().st_size,
        "md5": hashlib.md5(file.read_bytes()).hexdigest(),
        "sources": [address],
    }
    path.write_text(yaml.safe_dump(catalogue))
    weights = f"results/tiny/weights/resnet50/{file.name}"
    run = conda.snakemake(folder, "--", weights)
    assert run.returncode == 0, run.stdout
    assert rules_of(run.stdout) >= ACQUIRE
    assert (folder / weights).read_bytes() == file.read_bytes()


@pytest.mark.heavy
def test_every_rule_runs_with_what_its_environment_names(conda, finished, tmp_path):
    folder = copy_repository(tmp_path / "whole")
    run = conda.snakemake(folder)
    assert run.returncode == 0, run.stdout
    assert contents(folder / "results") == contents(finished / "results")
    ran = rules_of(run.stdout) | copying_rules(conda, folder) | converting_rules(conda, folder)
    assert ran >= set(RULES) - ACQUIRE
