"""Find the nearest keys of queries."""

from collections.abc import Sequence
from pathlib import Path

import faiss

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.retrieve.answers import NEIGHBOURS
from bioscan.retrieve.embedded import Side, by_modality, in_one_space, read_records, read_side
from bioscan.retrieve.search import nearest_keys


def search_keys(
    records: Path,
    query: Side,
    query_files: Sequence[Path],
    query_splits: Sequence[str],
    key: Side,
    key_files: Sequence[Path],
    key_splits: Sequence[str],
    nearest: Path,
) -> None:
    """Write the NEIGHBOURS nearest keys of each query.

    Args:
        records: partitioned.parquet.
        query, key: what is compared.
        query_files, key_files: its embeddings, modality by modality, split by split.
    """
    sides = [
        read_side(side, by_modality(side, files, splits), read_records(records, splits))
        for side, files, splits in (
            (query, query_files, query_splits),
            (key, key_files, key_splits),
        )
    ]
    write_parquet(nearest_keys(*in_one_space(*sides), NEIGHBOURS), nearest)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        faiss.omp_set_num_threads(snakemake.threads)
        search_keys(
            records=Path(snakemake.input.records),
            query=snakemake.params.sides[0],
            query_files=[Path(path) for path in snakemake.input.queries],
            query_splits=snakemake.params.query_splits,
            key=snakemake.params.sides[1],
            key_files=[Path(path) for path in snakemake.input.keys],
            key_splits=snakemake.params.key_splits,
            nearest=Path(snakemake.output[0]),
        )
