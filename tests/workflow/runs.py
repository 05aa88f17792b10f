"""Runs of the workflow in copies of the repository."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[2]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "2"]
TINY = ["--configfile", "tests/workflow/tiny.yaml"]

#: What the tiny run has released, taken as published packages.
PACKAGES = ["--configfile", "tests/workflow/packages.yaml"]


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Snakemake in a copy of the repository; its output is in `stdout`."""
    return subprocess.run(
        [*SNAKEMAKE, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def copy_repository(folder: Path) -> Path:
    """Copy what git tracks, or would, with new modification times as in a fresh clone."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def contents(results: Path) -> dict[str, str]:
    """Every table, pack and model of a run by path, as a digest of its content."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = str(path.relative_to(results))
        # Those of a release hold images, which JSON cannot.
        if path.suffix == ".parquet" and "release" not in path.parts:
            text = pl.read_parquet(path).write_json()
            found[name] = hashlib.sha256(text.encode()).hexdigest()
        elif path.name == "costs.csv":
            pass  # times, of which no two are the same
        elif path.suffix in (
            ".csv",
            ".json",
            ".jsonld",
            ".h5",
            ".hdf5",
            ".safetensors",
            ".zip",
            ".parquet",
        ):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def touch_all(folder: Path) -> None:
    """Give every file of the repository, but not the results, the present time."""
    for path in folder.rglob("*"):
        if path.is_file() and not {"results", ".snakemake"} & set(path.parts):
            os.utime(path)


def wait_for(pattern: str, folder: Path, run: subprocess.Popen) -> None:
    """Wait until a running process has written a file of a pattern."""
    deadline = time.monotonic() + 900
    while not list(folder.glob(pattern)):
        assert run.poll() is None, f"the run ended before {pattern} was there"
        assert time.monotonic() < deadline, f"{pattern} did not come"
        time.sleep(0.05)
