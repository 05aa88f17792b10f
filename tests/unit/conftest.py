"""For the unit tests."""

import pytest

from tests.unit.configs import ROOT


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in layouts are relative to the working directory."""
    monkeypatch.chdir(ROOT)
