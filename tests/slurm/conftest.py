"""For the tests on a real Slurm."""

import fcntl
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import Cluster, why_not
from disturbed import Disturbed, disturb
from disturbed import run_undisturbed as run_locally
from runs import copy_repository

#: One test Slurm at a time, as there is one /etc/slurm.
LOCK = Path("/tmp/bioscan-slurm-tests.lock")
PATIENCE = 900


@pytest.fixture(scope="session")
def alone() -> Iterator[None]:
    """Wait until no other test has a Slurm on this machine."""
    with LOCK.open("w") as lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    pytest.skip(f"another test has a Slurm here ({LOCK})")
                time.sleep(1)
        yield


@pytest.fixture(scope="session", params=[False, True], ids=["squeue", "slurmdbd"])
def cluster(request: pytest.FixtureRequest, alone: None) -> Iterator[Cluster]:
    """A Slurm without an accounting database, then one with it."""
    if reason := why_not(accounting=request.param):
        pytest.skip(reason)
    # Not pytest's folder, whose path is too long for a socket.
    with (
        tempfile.TemporaryDirectory(prefix="slurm-") as folder,
        Cluster(Path(folder), accounting=request.param) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run without Slurm, in which nothing happens."""
    return run_locally(copy_repository(tmp_path_factory.mktemp("undisturbed")))


@pytest.fixture(scope="session")
def disturbed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Disturbed:
    """The same run through the profile, in which much goes wrong."""
    return disturb(cluster, copy_repository(tmp_path_factory.mktemp("disturbed")))
