"""A killed run resumes, and ends in the same tables."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from tests.workflow.runs import SNAKEMAKE, TINY, contents, copy_repository, snakemake, wait_for


def kill_at(moment: str, folder: Path, *targets: str, **environment: str) -> None:
    """Start a run, and kill it with all its jobs when the first file of a pattern is there."""
    with (folder / "output.txt").open("w") as output:
        run = subprocess.Popen(
            [*SNAKEMAKE, *targets, *TINY],
            cwd=folder,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_for(moment, folder, run)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    # Snakemake's lock outlives a SIGKILL.
    assert snakemake(folder, "--unlock", *TINY).returncode == 0


#: All tables that simulation, curation, detection and classification make: the other stages would
#: take another quarter of an hour, and figures and pages are not compared.
TABLES = [
    f"results/tiny/{name}.csv"
    for name in (
        "bioscan1m/tables/bioscan1m_table3",
        "bioscan1m/tables/bioscan1m_table5",
        "bioscan1m/tables/bioscan1m_tableA6",
        "bioscan1m/tables/bioscan1m_sectionA64",
        "bioscan5m/tables/bioscan5m_table1",
    )
]


def test_a_run_killed_at_three_moments_ends_in_the_same_tables(finished, tmp_path):
    folder = copy_repository(tmp_path)
    moments = [
        "results/tiny/logs/simulate_photographs/*",
        "results/tiny/detect/models/rt_detr/checkpoints/*/last.ckpt",
        "results/tiny/bioscan1m/classify/*/resnet/ce/cropped_256/tiny/*/checkpoints/*/last.ckpt",
    ]
    for moment in moments:
        kill_at(moment, folder, *TABLES)
    last = snakemake(folder, *TABLES, *TINY)
    assert last.returncode == 0, last.stdout
    expected = contents(finished / "results" / "tiny")
    found = contents(folder / "results" / "tiny")
    assert found == {name: expected[name] for name in found}
    assert len(found) > 100 and "bioscan1m/tables/bioscan1m_table5.csv" in found
    assert not list((folder / "results").rglob("*.partial"))


#: Python runs this when it starts: a job that has read 5 images says so and reads no more.
STUCK = """
import os, pathlib, time
pread, read = os.pread, []

def stuck(*arguments):
    read.append(arguments)
    if len(read) > 5:
        pathlib.Path("stuck").touch()
        time.sleep(600)
    return pread(*arguments)

os.pread = stuck
"""


def test_packing_killed_within_a_shard_ends_in_the_same_packs(finished, tmp_path):
    folder = tmp_path / "killed"
    shutil.copytree(finished, folder)
    packs = folder / "results" / "tiny" / "bioscan1m" / "packs"
    expected = contents(packs)
    shards = [str(path.relative_to(folder)) for path in packs.rglob("*.h5")]
    shutil.rmtree(packs)
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(STUCK)
    kill_at("stuck", folder, *shards, PYTHONPATH=str(tmp_path / "python"))
    assert list(packs.rglob(".*.h5.*.partial"))
    assert not list(packs.rglob("*.h5"))
    again = snakemake(folder, *shards, *TINY)
    assert again.returncode == 0, again.stdout
    # The indexes are another rule's. All other files are there, and no litter.
    expected = {name: digest for name, digest in expected.items() if "index" not in name}
    assert contents(packs) == expected
    assert {str(path.relative_to(packs)) for path in packs.rglob("*.*")} == set(expected)
