"""Trainings that others are compared with."""

from typing import Any

import pytest

from tests.unit.core.training.small import fitted


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Any]:
    """Weights and history of uninterrupted runs, without and with a monitored score."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    return {monitor: fitted(folder, monitor=monitor) for monitor in (None, "score")}
