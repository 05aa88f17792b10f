"""Find the nearest keys of queries, for all pairs of modalities of a model."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import faiss
import polars as pl

from bioscan.core.encoders import Modality
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.nearest import Samples, nearest_keys
from bioscan.retrieve.answers import NEIGHBOURS, with_unanswered
from bioscan.retrieve.embedded import Side, in_one_space, read_records, read_side


def search_keys(
    records: Path,
    embeddings: Mapping[Modality, Path],
    searches: Sequence[tuple[str, str]],
    query_splits: Mapping[str, Sequence[str]],
    key_splits: Mapping[str, Sequence[str]],
    nearest: Path,
) -> None:
    """Write the NEIGHBOURS nearest keys of each query; one without any has a row without a key.

    Args:
        records: partitioned.parquet.
        searches: pairs, such as "image_to_dna", and sets of keys.
        query_splits, key_splits: of each set of keys.
    """

    @cache
    def read(side: Side, splits: tuple[str, ...]) -> Samples:
        return read_side(side, embeddings, read_records(records, splits))

    parts = []
    for pair, key_set in searches:
        query, key = pair.split("_to_")
        queries = read(query, tuple(query_splits[key_set]))
        keys = read(key, tuple(key_splits[key_set]))
        found = nearest_keys(*in_one_space(queries, keys), NEIGHBOURS)
        found = with_unanswered(found, queries.table)
        names = {"pair": pair, "key_set": key_set}
        parts.append(found.select(*(pl.lit(v).alias(k) for k, v in names.items()), pl.all()))
    write_parquet(pl.concat(parts), nearest)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        faiss.omp_set_num_threads(snakemake.threads)
        search_keys(
            records=Path(snakemake.input.records),
            embeddings=dict(
                zip(snakemake.params.modalities, map(Path, snakemake.input.embeddings), strict=True)
            ),
            searches=snakemake.params.searches,
            query_splits=snakemake.params.query_splits,
            key_splits=snakemake.params.key_splits,
            nearest=Path(snakemake.output[0]),
        )
