"""For all tests."""

import os
from pathlib import Path

import hypothesis
import pytest

from tests.workflow.runs import TINY, copy_repository, snakemake

# Before torch is imported: its threads beside another job wait for each other more than they work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's, and what runs beside it.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the tiny run has finished."""
    folder = copy_repository(tmp_path_factory.mktemp("finished"))
    run = snakemake(folder, *TINY)
    assert run.returncode == 0, run.stdout
    return folder
