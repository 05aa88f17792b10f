"""Tabulate the searches by alignment, and list where blastn and the exact search differ."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.barcode.comparison import differences, tabulate_searches
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def compare_searches(
    sequences: Path,
    answers: Sequence[Path],
    summaries: Sequence[Path],
    table: Path,
    differing: Path,
) -> None:
    """Write the table, and the queries to which the two answer other species.

    Args:
        sequences: barcode/sequences.parquet.
        answers, summaries: predictions.parquet and summary.json of each search.
    """
    barcodes = pl.read_parquet(sequences)
    searches = [json.loads(path.read_text()) for path in summaries]
    found = [pl.read_parquet(path) for path in answers]
    write_csv(tabulate_searches(searches, found, barcodes), table)
    ran = {
        one["method"]: given
        for one, given in zip(searches, found, strict=True)
        if one["status"] == "run"
    }
    nothing = found[0].clear()
    exact, blastn = ran.get("exact", nothing), ran.get("blastn", nothing)
    write_csv(differences(exact, blastn if "exact" in ran else nothing, barcodes), differing)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        compare_searches(
            sequences=Path(snakemake.input.sequences),
            answers=[Path(path) for path in snakemake.input.answers],
            summaries=[Path(path) for path in snakemake.input.summaries],
            table=Path(snakemake.output.table),
            differing=Path(snakemake.output.differences),
        )
