"""Reduce the embeddings of specimens by UMAP, to cluster and to draw them."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.cluster.reduction import reduce, too_few
from bioscan.cluster.vectors import (
    Vectors,
    describe_specimens,
    parts_of,
    read_vectors,
    require_different,
)
from bioscan.core.files import atomic, write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.cluster")


def reduce_embeddings(
    records: Path,
    clustered: Sequence[Path],
    validation: Sequence[Path],
    splits: bool,
    modality: str,
    standardise: str,
    statistics: str,
    dimensions: int,
    neighbours: int,
    seed: int,
    outputs: dict[str, Path],
) -> None:
    """Write what is clustered, and the same of one sample per barcode and of validation samples.

    Args:
        records: partitioned.parquet.
        clustered, validation: .npy files of embeddings; of validation, none if there is none.
        splits: whether the dataset has labelled keys, in the split `train`.
        modality: `image`, `dna` or `both`.
        outputs: specimens, reduced, points, representatives, validation, validation_reduced.
    """
    table, parts = pl.scan_parquet(records), parts_of(clustered)
    vectors = read_vectors(parts, standardise, statistics)
    require_different(vectors, parts)
    specimens = describe_specimens(vectors.samples, table, splits)
    write_parquet(specimens, outputs["specimens"])
    name = outputs["specimens"].parent.name
    # The order of these matters: a second UMAP of a process need not be what a first one is.
    reduced = reduce(vectors.distinct, dimensions, neighbours, seed, name=name)
    _write(reduced, outputs["reduced"])
    _write(reduce(vectors.distinct, 2, neighbours, seed, min_dist=0.1), outputs["points"])
    kept = np.unique(specimens.filter("representative")["row"].to_numpy())
    if modality == "dna":  # whose distinct vectors are those of distinct barcodes
        of_barcodes = reduced[kept]
    elif len(kept) and (reason := too_few(len(kept), dimensions, neighbours)):
        log.warning("%s: not clustered with one sample per barcode: %s", name, reason)
        of_barcodes = reduced[:0]
    else:
        of_barcodes = reduced[:0]
        if len(kept):
            of_barcodes = reduce(vectors.distinct[kept], dimensions, neighbours, seed)
    _write(of_barcodes, outputs["representatives"])

    of_validation = Vectors(vectors.samples.clear(), vectors.distinct[:0])
    if validation:
        of_validation = read_vectors(parts_of(validation), standardise, statistics, vectors.scales)
        if reason := too_few(len(of_validation.distinct), dimensions, neighbours):
            log.warning("%s: no criterion is chosen on validation splits: %s", name, reason)
            of_validation = Vectors(vectors.samples.clear(), vectors.distinct[:0])
    found = describe_specimens(of_validation.samples, table, splits)
    write_parquet(found, outputs["validation"])
    matrix = of_validation.distinct
    matrix = reduce(matrix, dimensions, neighbours, seed) if len(matrix) else reduced[:0]
    _write(matrix, outputs["validation_reduced"])


def _write(matrix: np.ndarray, path: Path) -> None:
    with atomic(path) as partial, partial.open("wb") as file:
        np.save(file, matrix)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        reduce_embeddings(
            records=Path(snakemake.input.records),
            clustered=[Path(path) for path in snakemake.input.clustered],
            validation=[Path(path) for path in snakemake.input.validation],
            splits=snakemake.params.splits,
            modality=snakemake.params.modality,
            **snakemake.params.settings,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
