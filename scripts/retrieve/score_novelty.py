"""Score how well new species are told from known ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.retrieve.embedded import read_records
from bioscan.retrieve.novelty import describe_neighbours, score_novelty


def write_novelty(
    records: Path,
    nearest: Mapping[str, Path],
    query_splits: Sequence[str],
    key_splits: Sequence[str],
    scores: Path,
) -> None:
    """Write the scores of one model.

    Args:
        records: partitioned.parquet.
        nearest: `image` or `dna` → its nearest keys of seen species.
    """
    species = read_records(records, key_splits).select("processid", "species")
    described = {
        name: describe_neighbours(pl.read_parquet(path), species) for name, path in nearest.items()
    }
    write_csv(score_novelty(read_records(records, query_splits), described), scores)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_novelty(
            records=Path(snakemake.input.records),
            nearest=dict(zip(snakemake.params.by, map(Path, snakemake.input.nearest), strict=True)),
            query_splits=snakemake.params.query_splits,
            key_splits=snakemake.params.key_splits,
            scores=Path(snakemake.output[0]),
        )
