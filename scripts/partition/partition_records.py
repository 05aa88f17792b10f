"""Divide the records of a dataset into the splits of its paper."""

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import write_columns
from bioscan.core.logs import job_log
from bioscan.core.records import EXPERIMENTS
from bioscan.partition.experiments import assign_experiments, differences
from bioscan.partition.settings import PartitionSettings
from bioscan.partition.species import (
    assign_splits,
    broken_invariants,
    check_invariants,
    published_sets,
)

# Below `bioscan`, so that its warnings reach the terminal.
log = logging.getLogger("bioscan.partition")


def partition_records(
    format: str, settings: PartitionSettings, curated: Path, records: Path
) -> None:
    """Add splits: the six experiments of 1M, species sets and splits of 5M and of own folders.

    Args:
        format: bioscan1m, bioscan5m, folder or bold.
        settings: how the dataset is divided.
        curated: the cleaned records (Parquet), one row per specimen.
        records: the same table with the experiment columns, or `split` and `species_set`, filled.

    Raises:
        InputError: published splits are to be kept and there are none; a size is too small for its
            classes; recomputed splits violate an invariant.
    """
    divide = _experiments if format == "bioscan1m" else _splits
    write_columns(curated, divide(settings, curated), records)


def _experiments(settings: PartitionSettings, curated: Path) -> pl.DataFrame:
    """The experiment columns of 1M, published or recomputed."""
    frame = pl.read_parquet(curated, columns=["processid", "order", "family", *EXPERIMENTS])
    if settings.method == "published":
        _require_published(frame, EXPERIMENTS, curated)
        for differing in differences(frame):
            log.warning("%s: the published experiments have %s", curated, differing)
    else:
        frame = assign_experiments(
            frame, settings.sizes, settings.families, settings.seed, settings.rules
        )
    return frame.select(EXPERIMENTS)


def _splits(settings: PartitionSettings, curated: Path) -> pl.DataFrame:
    """The columns split and species_set of 5M, published or recomputed, and checked."""
    columns = ["processid", "genus", "species", "dna_barcode", "split"]
    frame = pl.read_parquet(curated, columns=columns)
    same = settings.barcode_key, settings.min_barcode_letters
    if settings.method == "published":
        _require_published(frame, ["split"], curated)
        frame = published_sets(frame)
        # Published splits are kept even where they break an invariant.
        for broken in broken_invariants(frame, *same):
            log.warning("%s: the published splits have %s", curated, broken)
    else:
        frame = assign_splits(frame, settings.seed, settings.rules, *same)
        check_invariants(frame, curated, *same)
    return frame.select("split", "species_set")


def _require_published(frame: pl.DataFrame, columns: Sequence[str], curated: Path) -> None:
    if empty := [name for name in columns if frame[name].is_null().all()]:
        raise InputError(
            f"{curated}: the metadata carries no splits ({', '.join(empty)} empty); "
            "set partition.method to recompute"
        )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        partition_records(
            format=snakemake.params.format,
            settings=PartitionSettings(**snakemake.params.settings),
            curated=Path(snakemake.input.records),
            records=Path(snakemake.output.records),
        )
