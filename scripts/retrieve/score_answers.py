"""Score the labels of the nearest keys."""

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.retrieve.answers import ANSWERS
from bioscan.retrieve.embedded import read_records
from bioscan.retrieve.scores import TOP, MissingLabels, score_answers

log = logging.getLogger("bioscan.retrieve")


def write_scores(
    records: Path,
    nearest: Path,
    query_splits: Sequence[str],
    key_splits: Sequence[str],
    missing: MissingLabels,
    scores: Path,
) -> None:
    """Write the accuracy of each answer.

    Args:
        records: partitioned.parquet.
        nearest: of `search_keys`.
        missing: what a missing label is.
    """
    found = pl.read_parquet(nearest)
    queries = read_records(records, query_splits)
    asked = queries.join(
        found.select("query").unique(), left_on="processid", right_on="query", how="semi"
    )
    if lacking := queries.height - asked.height:
        log.info(
            "queries that have not what is compared, or no key: %d of %d", lacking, queries.height
        )
    keys = read_records(records, key_splits)
    tables = [
        score_answers(
            asked, answer(found, keys), keys, missing, TOP if name == "nearest" else TOP[:1]
        ).with_columns(pl.lit(name).alias("answer"))
        for name, answer in ANSWERS.items()
    ]
    write_csv(pl.concat(tables), scores)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_scores(
            records=Path(snakemake.input.records),
            nearest=Path(snakemake.input.nearest),
            query_splits=snakemake.params.query_splits,
            key_splits=snakemake.params.key_splits,
            missing=snakemake.params.missing,
            scores=Path(snakemake.output[0]),
        )
