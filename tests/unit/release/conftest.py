"""Runs of both formats, made once."""

import pytest

from tests.unit.release.exported import Run, make_run


@pytest.fixture(scope="session")
def of_1m(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run("bioscan1m", tmp_path_factory.mktemp("of_1m"))


@pytest.fixture(scope="session")
def of_5m(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run("bioscan5m", tmp_path_factory.mktemp("of_5m"))


@pytest.fixture(params=["of_1m", "of_5m"])
def run(request: pytest.FixtureRequest) -> Run:
    """A run of each format."""
    return request.getfixturevalue(request.param)
