"""Tabulate the accuracies of all models and pairs, and how well they tell new species."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.retrieve.scores import NOVELTY_SCHEMA, SCORES_SCHEMA
from bioscan.retrieve.tables import gather, methods_table, novelty_table, over_seeds, table5


def tabulate_retrieval(
    scores: Sequence[Path],
    new: Sequence[Path],
    facts: Sequence[Mapping[str, Any]],
    gathered: Path,
    macro: Path,
    micro: Path,
    methods: Path,
    novelty: Path,
) -> None:
    """Write all accuracies (gathered), Tables 5 (macro) and A17 (micro), and two beyond the paper.

    Args:
        scores, new: of `score_answers`, one file per model and seed.
        facts: of these.
    """
    # A column without any value would be read as text.
    tables = [pl.read_csv(path, schema_overrides=SCORES_SCHEMA) for path in scores]
    found = over_seeds(gather(facts, tables))
    write_csv(found, gathered)
    write_csv(table5(found, "macro"), macro)
    write_csv(table5(found, "micro"), micro)
    write_csv(methods_table(found), methods)
    tables = [pl.read_csv(path, schema_overrides=NOVELTY_SCHEMA) for path in new]
    write_csv(novelty_table(gather(facts, tables)), novelty)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_retrieval(
            scores=[Path(path) for path in snakemake.input.scores],
            new=[Path(path) for path in snakemake.input.novelty],
            facts=snakemake.params.facts,
            gathered=Path(snakemake.output.gathered),
            macro=Path(snakemake.output.macro),
            micro=Path(snakemake.output.micro),
            methods=Path(snakemake.output.methods),
            novelty=Path(snakemake.output.novelty),
        )
