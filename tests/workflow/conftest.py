"""For the tests of whole runs."""

from pathlib import Path

import pytest

from runs import TINY, copy_repository, snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the tiny run has finished."""
    folder = copy_repository(tmp_path_factory.mktemp("finished"))
    run = snakemake(folder, *TINY)
    assert run.returncode == 0, run.stdout
    return folder
