"""Communities that several tests simulate."""

from dataclasses import replace

import polars as pl

from bioscan.core.formats import Format
from bioscan.simulate.community import Community
from bioscan.simulate.records import simulate

#: Like the demo: few orders, most species labelled.
DEMO = Community(
    specimens=6_000,
    seed=7,
    species=500,
    orders=6,
    evenness=0.4,
    labelled={"genus": 0.75, "species": 0.6},
    noise={},
)


def noisy(**rates: float) -> Community:
    """DEMO with label noise."""
    return replace(DEMO, noise=rates)


def table(community: Community, format: Format, **options: int) -> pl.DataFrame:
    """All records of a community."""
    return pl.concat(simulate(community, format, **options))
