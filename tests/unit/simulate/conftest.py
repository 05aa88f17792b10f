"""Simulated records that several tests look at."""

import polars as pl
import pytest

from bioscan.simulate.community import Community
from tests.unit.simulate.communities import DEMO, table


@pytest.fixture(scope="session")
def clean() -> pl.DataFrame:
    """DEMO, which has no label noise."""
    return table(DEMO, "bioscan5m")


@pytest.fixture(scope="session")
def published_shape() -> pl.DataFrame:
    """Twenty thousand records of the published shape."""
    return table(Community(specimens=20_000, seed=1), "bioscan5m")


@pytest.fixture(scope="session")
def insects() -> pl.DataFrame:
    """Twenty thousand records of 1M, without label noise."""
    return table(Community(20_000, seed=2, insects_only=True, noise={}), "bioscan1m")
