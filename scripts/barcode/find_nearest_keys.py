"""Answer each query with the training barcode whose embedding is nearest."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bioscan.barcode.embedded import read_embedded
from bioscan.barcode.predictions import predictions
from bioscan.barcode.probes import centre, nearest_keys
from bioscan.core.devices import share_hardware
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log


def find_nearest_keys(
    sequences: Path, embeddings: Mapping[str, Path], centred: bool, answers: Path
) -> None:
    """Write the labels of the nearest key, its processid, and how many are as near.

    Args:
        sequences: barcode/sequences.parquet.
        embeddings: split → .npy file.
        centred: take the mean of the keys from all embeddings first.
    """
    data = read_embedded(sequences, embeddings)
    queries, keys = data.query_embeddings, data.key_embeddings
    if centred:
        queries, keys = centre(queries, keys)
    rows, similarities, equals = nearest_keys(queries, keys)
    found = predictions(data.queries, data.keys, rows, similarities)
    key = data.keys["processid"][rows].alias("key")
    write_parquet(found.with_columns(key, pl.Series("equals", equals)), answers)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        share_hardware(snakemake.threads, 1)
        find_nearest_keys(
            sequences=Path(snakemake.input.sequences),
            embeddings={Path(path).stem: Path(path) for path in snakemake.input.embeddings},
            centred=snakemake.params.centred,
            answers=Path(snakemake.output[0]),
        )
