"""Simulate the photographs of one archive of a dataset."""

import re
from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.simulate.archives import photograph_specimens, specimens, write_zip
from bioscan.simulate.settings import DatasetSettings


def simulate_photographs(settings: DatasetSettings, archive: Path) -> None:
    """Write one zip of images.

    Args:
        settings: of the dataset; its archives share the specimens equally.
        archive: the zip to write; the number at the end of its name selects its specimens.
    """
    community = settings.community
    # The number at the end of the published names counts from 1.
    number = int(re.search(r"(\d+)\.zip$", archive.name)[1]) - 1
    start = number * community.part_size
    rows = specimens(community, settings.format)
    taken = photograph_specimens(
        rows.filter(pl.col("position").is_between(start, start + community.part_size, "left")),
        size=settings.photograph_size,
        rates=settings.conditions,
        seed=community.seed,
    )
    write_zip(((member, photograph.image) for member, photograph in taken), archive)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        simulate_photographs(
            settings=DatasetSettings.of(
                snakemake.params.format, snakemake.params.settings, snakemake.params.archives
            ),
            archive=Path(snakemake.output[0]),
        )
