"""For the tests on a real Slurm."""

import fcntl
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.slurm.cluster import Cluster, why_not
from tests.slurm.disturbed import Disturbed, disturb
from tests.slurm.disturbed import run_undisturbed as run_locally
from tests.workflow.runs import copy_repository

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
def undisturbed_soon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future]:
    """A run without Slurm, in which nothing happens, beside the first one with it."""
    with ThreadPoolExecutor(1) as beside:
        folder = copy_repository(tmp_path_factory.mktemp("undisturbed"))
        yield beside.submit(run_locally, folder)


@pytest.fixture(scope="session")
def undisturbed(undisturbed_soon: Future) -> Path:
    """Its results."""
    return undisturbed_soon.result()


@pytest.fixture(scope="session")
def disturbed(
    cluster: Cluster, undisturbed_soon: Future, tmp_path_factory: pytest.TempPathFactory
) -> Disturbed:
    """The same run through the profile, in which much goes wrong.

    It hung once, on a machine that nobody could look at. So it is tried twice, and the first time
    says what it waits for.
    """
    try:
        return disturb(cluster, copy_repository(tmp_path_factory.mktemp("disturbed")))
    except TimeoutError as error:
        warnings.warn(f"the run through Slurm hung: {error}", stacklevel=1)
    cluster.restart()
    return disturb(cluster, copy_repository(tmp_path_factory.mktemp("again")))
