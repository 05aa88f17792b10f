"""Tabulate how well probabilities are calibrated."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.identify.calibration import TABLE_SCHEMA, tabulate_calibration


def write_table(known: Mapping[str, Path], confidence: float, table: Path) -> None:
    """Write the table of all witnesses.

    Args:
        known: witness → Parquet, of `calibrate_known`.
        confidence: the probability from which a label is given.
    """
    parts = [
        tabulate_calibration(pl.read_parquet(path), confidence).select(
            pl.lit(witness).alias("witness"), pl.all()
        )
        for witness, path in known.items()
    ]
    none = pl.DataFrame(schema={"witness": pl.String, **TABLE_SCHEMA})
    write_csv(pl.concat([none, *parts]), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_table(
            known=dict(
                zip(snakemake.params.witnesses, map(Path, snakemake.input.known), strict=True)
            ),
            confidence=snakemake.params.confidence,
            table=Path(snakemake.output[0]),
        )
