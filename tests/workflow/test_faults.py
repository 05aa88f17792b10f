"""Faults around a run: a clear message, nothing partial, and the next run carries on."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.workflow.runs import ROOT, SNAKEMAKE, TINY, contents, snakemake, wait_for

#: Outputs of a rule that writes much, and targets of which nothing follows.
PACKS = [f"results/tiny/bioscan1m/packs/cropped_256/{shard}.h5" for shard in ("0000", "0001")]
FIGURES = "results/tiny/bioscan1m/figures"


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of a finished run."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


@contextmanager
def mounted(*arguments: str, at: Path) -> Iterator[None]:
    """Mount something, where this machine lets us."""
    done = subprocess.run(["mount", *arguments, str(at)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def said(output: str) -> list[str]:
    """The lines by which a script ends."""
    return [line for line in output.splitlines() if line.startswith("error: ")]


def test_a_full_disk_leaves_nothing_half_written(finished, folder):
    packs = (folder / PACKS[0]).parent
    shutil.rmtree(packs)
    packs.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=32k", "tmpfs", at=packs):
        full = snakemake(folder, *TINY, "--", *PACKS)
        assert full.returncode != 0
        assert said(full.stdout), full.stdout
        assert all("No space left on device" in line for line in said(full.stdout)), full.stdout
        assert [path for path in packs.rglob("*") if path.is_file()] == []
        subprocess.run(["mount", "-o", "remount,size=64M", str(packs)], check=True)
        again = snakemake(folder, *TINY, "--", *PACKS)
        assert again.returncode == 0, again.stdout
        expected = contents((finished / PACKS[0]).parent)
        assert contents(packs) == {n: d for n, d in expected.items() if n.endswith(".h5")}


def test_read_only_results_are_said_to_be(finished, folder):
    results = folder / "results"
    figure = folder / FIGURES / "crops.png"
    figure.unlink()
    with mounted("--bind", str(results), at=results):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(results)], check=True)
        refused = snakemake(folder, *TINY)
        assert refused.returncode != 0
        assert "results/tiny: cannot be written to (a read-only file system?)" in refused.stdout
        assert "Traceback" not in refused.stdout
    again = snakemake(folder, *TINY)
    assert again.returncode == 0, again.stdout
    assert figure.is_file() and contents(results) == contents(finished / "results")


def test_a_second_run_in_the_same_folder_is_refused(finished, folder):
    figures = sorted((folder / FIGURES).glob("*.png"))[:2]
    for figure in figures:
        figure.unlink()
    with (folder / "output.txt").open("w") as output:
        first = subprocess.Popen([*SNAKEMAKE, *TINY], cwd=folder, stdout=output, stderr=output)
    wait_for(".snakemake/locks/*", folder, first)
    first.send_signal(signal.SIGSTOP)  # so that it lasts longer than the second
    second = snakemake(folder, *TINY)
    first.send_signal(signal.SIGCONT)
    assert second.returncode != 0
    assert "Directory cannot be locked" in second.stdout
    assert first.wait(timeout=300) == 0, (folder / "output.txt").read_text()
    assert all(figure.is_file() for figure in figures)
    assert contents(folder / "results") == contents(finished / "results")


@pytest.mark.parametrize("character", [" ", "'", "$", "("])
def test_nothing_is_installed_where_scripts_cannot_be_started(tmp_path, character):
    folder = tmp_path / f"my{character}insects"
    (folder / "envs").mkdir(parents=True)
    for name in ("Makefile", "envs/requirements.txt"):
        shutil.copyfile(ROOT / name, folder / name)
    made = subprocess.run(
        ["make", "demo", f"PYTHON={sys.executable}"],
        cwd=folder,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode != 0
    said, _ = made.stderr.splitlines()  # the second line is make's own
    assert f"{str(folder / '.venv')!r} has a {character!r} in it" in said
    assert {path.name for path in folder.iterdir()} == {"Makefile", "envs"}


@pytest.mark.parametrize("failing", ["tests/unit", "tests/slurm", "nothing"])
def test_the_tests_fail_where_either_part_of_them_does(tmp_path, failing):
    for name, text in {
        "envs/requirements.txt": "",
        "venv/bin/python": f'#!/bin/sh\necho "ran $*"\ncase "$*" in *{failing}*) exit 1;; esac\n',
        "venv/installed": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "venv/bin/python").chmod(0o755)
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    made = subprocess.run(
        ["make", "test", "VENV=venv"],
        cwd=tmp_path,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode == 0) == (failing == "nothing")
    ran = re.findall(r"^ran -m pytest (.*)$", made.stdout, re.M)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    assert sorted(" ".join(ran).split()) == sorted(settings["ini_options"]["testpaths"])


def test_nothing_is_planned_where_scripts_cannot_be_started(tmp_path):
    environment = tmp_path / "my insects"
    environment.symlink_to(sys.prefix)
    command = [environment / "bin" / "python", "-m", "snakemake", "--dry-run"]
    refused = subprocess.run([*command, "--cores", "1"], cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode != 0
    assert f"{str(command[0])!r} has a ' ' in its path" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stderr
