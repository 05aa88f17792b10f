"""Tabulate the metrics of all detectors, or those that a paper prints."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.detect.tables import evaluated_detectors, published_rows


def tabulate_detectors(
    metrics: Sequence[Path],
    evaluated: Sequence[tuple[str, list[str], list[str]]],
    published: Path | None,
    table: Path,
) -> None:
    """Write the metrics of all detectors, or those that a paper prints, in its rows.

    Args:
        evaluated: for each file of `metrics` the detector's name, its training sets, and the sets
            that it is evaluated on.
        published: the paper's table; None tabulates all detectors.
    """
    rows = evaluated_detectors(metrics, evaluated)
    write_csv(rows if published is None else published_rows(rows, pl.read_csv(published)), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_detectors(
            metrics=[Path(path) for path in snakemake.input.metrics],
            evaluated=snakemake.params.evaluated,
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            table=Path(snakemake.output[0]),
        )
