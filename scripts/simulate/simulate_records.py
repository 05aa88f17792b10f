"""Simulate the records of a dataset in its published format, with the truth beside them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bioscan.core.logs import job_log
from bioscan.core.published import Format
from bioscan.simulate.records import simulate, write_bioscan1m, write_bioscan5m
from bioscan.simulate.settings import community_of

WRITERS = {"bioscan1m": write_bioscan1m, "bioscan5m": write_bioscan5m}


def simulate_records(
    format: Format, settings: Mapping[str, Any], archives: int, metadata: Path, truth: Path
) -> None:
    """Write the metadata of a simulated dataset."""
    frames = simulate(community_of(settings, archives), format)
    WRITERS[format](frames, metadata, truth)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        simulate_records(
            format=snakemake.params.format,
            settings=snakemake.params.settings,
            archives=snakemake.params.archives,
            metadata=Path(snakemake.output.metadata),
            truth=Path(snakemake.output.truth),
        )
