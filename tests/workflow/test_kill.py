"""A killed run goes on, and ends in the same tables."""

import os
import signal
import subprocess
import time
from pathlib import Path

from runs import SNAKEMAKE, TINY, contents, copy_repository, snakemake


def wait_for(pattern: str, folder: Path, run: subprocess.Popen) -> None:
    deadline = time.monotonic() + 300
    while not list(folder.glob(pattern)):
        assert run.poll() is None, f"the run ended before {pattern} was there"
        assert time.monotonic() < deadline, f"{pattern} did not come"
        time.sleep(0.05)


def test_a_run_killed_at_three_moments_ends_in_the_same_tables(finished, tmp_path):
    folder = copy_repository(tmp_path)
    moments = [
        "results/tiny/logs/*/simulate_photographs/*",
        "results/tiny/detector/checkpoints/*/last.ckpt",
        "results/tiny/bioscan1m/classify/*/resnet/ce/cropped_256/seed0/checkpoints/*/last.ckpt",
    ]
    for moment in moments:
        with (folder / "output.txt").open("w") as output:
            run = subprocess.Popen(
                [*SNAKEMAKE, *TINY],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(moment, folder, run)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        # Snakemake's lock outlives a SIGKILL.
        assert snakemake(folder, "--unlock", *TINY).returncode == 0
    last = snakemake(folder, *TINY)
    assert last.returncode == 0, last.stdout
    expected = contents(finished / "results" / "tiny")
    found = contents(folder / "results" / "tiny")
    assert found == expected
    assert not list((folder / "results").rglob("*.partial"))
