"""Divide the records of a dataset into the splits of its paper."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.partition.experiments import assign_experiments
from bioscan.partition.species import assign_splits, check_guarantees, species_sets


def partition_records(
    format: str, settings: Mapping[str, Any], curated: Path, records: Path
) -> None:
    """Add splits: the six experiments of 1M, species sets and splits of 5M and of own folders."""
    frame = pl.read_parquet(curated)
    column = "large_insect_order" if format == "bioscan1m" else "split"
    if settings["method"] == "published":
        if frame[column].is_null().all():
            raise InputError(
                f"{curated}: the metadata carries no splits ({column} is empty); "
                "set partition.method to recompute"
            )
        if format != "bioscan1m":
            frame = species_sets(frame)
    elif format == "bioscan1m":
        frame = assign_experiments(frame, settings["sizes"], settings["families"], settings["seed"])
    else:
        frame = assign_splits(frame, settings["seed"])
        check_guarantees(frame, curated)
    write_parquet(frame, records)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        partition_records(
            format=snakemake.params.format,
            settings=snakemake.params.settings,
            curated=Path(snakemake.input.records),
            records=Path(snakemake.output.records),
        )
