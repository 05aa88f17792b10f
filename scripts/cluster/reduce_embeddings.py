"""Reduce the embeddings of specimens by UMAP, to cluster and to draw them."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.cluster.reduction import reduce, too_few, umap_inputs
from bioscan.cluster.vectors import (
    Vectors,
    describe_specimens,
    of_splits,
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
    validated: Sequence[str],
    identical: str,
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
        splits: whether the records have splits, of which `train` is of labelled keys.
        validated: the splits of validation samples.
        identical: how UMAP takes identical embeddings, `cluster.identical`.
        outputs: specimens, validation; reduced, representatives, validation_reduced, a row per
            sample; and points, a row per distinct embedding.
    """
    table, parts = pl.scan_parquet(records), parts_of(clustered)
    vectors = read_vectors(parts, standardise, statistics)
    require_different(vectors, parts)
    specimens = describe_specimens(vectors.samples, table, splits)
    write_parquet(specimens, outputs["specimens"])
    name = outputs["specimens"].parent.name
    rows = specimens["row"].to_numpy()

    def reduced_of(distinct: np.ndarray, rows: np.ndarray) -> np.ndarray:
        used, places = umap_inputs(rows, identical)
        return reduce(distinct[used], dimensions, neighbours, seed, name=name)[places]

    def impossible(rows: np.ndarray) -> str | None:
        return too_few(len(umap_inputs(rows, identical)[0]), dimensions, neighbours)

    # The order of these matters: a second UMAP of a process need not be what a first one is.
    reduced = reduced_of(vectors.distinct, rows)
    _write(reduced, outputs["reduced"])
    _write(_drawn(vectors.distinct, neighbours, seed, name), outputs["points"])
    kept = np.flatnonzero(specimens["representative"].to_numpy())
    if np.array_equal(umap_inputs(rows[kept], identical)[0], umap_inputs(rows, identical)[0]):
        of_barcodes = reduced[kept]  # UMAP would take the same again
    elif len(kept) and (reason := impossible(rows[kept])):
        log.warning("%s: not clustered with one sample per barcode: %s", name, reason)
        of_barcodes = reduced[:0]
    else:
        of_barcodes = reduced_of(vectors.distinct, rows[kept]) if len(kept) else reduced[:0]
    _write(of_barcodes, outputs["representatives"])

    of_validation = Vectors(vectors.samples.clear(), vectors.distinct[:0])
    if validation:
        of_validation = read_vectors(parts_of(validation), standardise, statistics, vectors.scales)
        of_validation = of_splits(of_validation, table, validated)
        rows = of_validation.samples["row"].to_numpy()
        if len(rows) and (reason := impossible(rows)):
            log.warning("%s: no criterion is chosen on validation splits: %s", name, reason)
            of_validation = Vectors(vectors.samples.clear(), vectors.distinct[:0])
    found = describe_specimens(of_validation.samples, table, splits)
    write_parquet(found, outputs["validation"])
    rows = found["row"].to_numpy()
    matrix = reduced_of(of_validation.distinct, rows) if len(rows) else reduced[:0]
    _write(matrix, outputs["validation_reduced"])


def _drawn(distinct: np.ndarray, neighbours: int, seed: int, name: str) -> np.ndarray:
    """Distinct embeddings in two dimensions, with fewer neighbours where there are few."""
    fewer = min(neighbours, len(distinct) - 1)
    if fewer < neighbours:
        log.warning(
            "%s: drawn with %d neighbours, as %d embeddings differ", name, fewer, len(distinct)
        )
    name = f"{name}, distinct embeddings to draw"
    return reduce(distinct, 2, fewer, seed, min_dist=0.1, name=name)


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
            validated=snakemake.params.validated,
            **snakemake.params.settings,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
