"""Tabulate how well the detectors find insects, whole or as a paper does."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.detect.tables import as_published, evaluated_detectors


def tabulate_detectors(
    metrics: Sequence[Path],
    judged: Sequence[tuple[str, list[str], list[str]]],
    published: Path | None,
    table: Path,
) -> None:
    """Write the figures of all detectors, or those that a paper prints, in its rows.

    Args:
        judged: name, training sets and the sets judged on, of each file of `metrics`.
        published: the paper's table; None tabulates all detectors.
    """
    rows = evaluated_detectors(metrics, judged)
    write_csv(rows if published is None else as_published(rows, pl.read_csv(published)), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_detectors(
            metrics=[Path(path) for path in snakemake.input.metrics],
            judged=snakemake.params.judged,
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            table=Path(snakemake.output[0]),
        )
