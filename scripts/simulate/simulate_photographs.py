"""Simulate the photographs of one archive of a dataset."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bioscan.core.logs import job_log
from bioscan.core.published import Format
from bioscan.simulate.archives import photograph_specimens, specimens, write_zip
from bioscan.simulate.photographs import CONDITION_RATES
from bioscan.simulate.settings import community_of

#: As published (1M §3.1.3, 5M §3).
PUBLISHED_SIZES = {"bioscan1m": (2880, 2160), "bioscan5m": (1024, 768)}


def simulate_photographs(
    format: Format, settings: Mapping[str, Any], archives: int, archive: Path
) -> None:
    """Write one zip: the specimens whose turn it is, in equal parts."""
    community = community_of(settings, archives)
    # The number at the end of the published names counts from 1.
    number = int(re.search(r"(\d+)\.zip$", archive.name)[1]) - 1
    start = number * community.part_size
    rows = specimens(community, format).slice(start, community.part_size)
    taken = photograph_specimens(
        rows,
        size=tuple(settings.get("photograph_size", PUBLISHED_SIZES[format])),
        rates=settings.get("conditions", CONDITION_RATES),
        seed=settings["seed"],
    )
    write_zip(((member, photograph.image) for member, photograph in taken), archive)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        simulate_photographs(
            format=snakemake.params.format,
            settings=snakemake.params.settings,
            archives=snakemake.params.archives,
            archive=Path(snakemake.output[0]),
        )
