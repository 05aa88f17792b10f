"""Tabulate how well each model tells new species from known ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.retrieve.novelty import NOVELTY_SCHEMA
from bioscan.retrieve.tables import novelty_table


def tabulate_novelty(
    scores: Sequence[Path], facts: Sequence[Mapping[str, Any]], table: Path
) -> None:
    """Write the scores of all models.

    Args:
        facts: of the model of each file.
    """
    found = [pl.read_csv(path, schema_overrides=NOVELTY_SCHEMA) for path in scores]
    write_csv(novelty_table(facts, found), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_novelty(
            scores=[Path(path) for path in snakemake.input.scores],
            facts=snakemake.params.facts,
            table=Path(snakemake.output[0]),
        )
