"""Cluster the specimens of a space by each of its methods."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bioscan.cluster.barcodes import DISTANCES
from bioscan.cluster.groups import choose_height, choose_silhouette, cut_by, dense_groups
from bioscan.cluster.known import NAMED_SCHEMA, named_groups, nearest_keys, thresholds
from bioscan.cluster.reduction import one_thread
from bioscan.cluster.vectors import of_splits, parts_of, read_vectors, take_together
from bioscan.cluster.ward import cut_tree, ward_tree
from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.cluster")


def cluster_samples(
    inputs: dict[str, Path],
    embeddings: dict[str, Sequence[Path]],
    splits: dict[str, Sequence[str]],
    barcodes: Path | None,
    methods: Sequence[str],
    standardise: str,
    statistics: str,
    min_cluster_size: int,
    outputs: dict[str, Path],
) -> None:
    """Write the clusters, those of one sample per barcode, named ones, and how trees were cut.

    Args:
        inputs: records, and the outputs of reduce_embeddings.
        embeddings: .npy files of `clustered`, `validation` and `keys`.
        splits: of the records, of `validation` and `keys`.
        barcodes: clusters of barcodes; None if these are not asked for.
        methods: beside the published one.
        outputs: clusters, representatives, named, criteria.
    """
    specimens = pl.read_parquet(inputs["specimens"])
    points, rows = take_together(np.load(inputs["reduced"]))
    sizes = np.bincount(rows)
    tree = ward_tree(points, sizes)
    name = inputs["specimens"].parent.name
    found: dict[str, np.ndarray] = {}
    criteria: dict[str, Any] = {}
    if count := number_of_species(specimens):
        found["ward"] = cut_tree(tree, count, f"{name}: number of species")[rows]
    else:
        log.warning("%s: no specimen has a species, so none gives the number of clusters", name)
    cut = None
    if {"ward_cut", "known"} & {*methods}:
        criteria["ward_cut"] = _criterion(inputs, tree, points, sizes)
        cut = cut_by(tree, criteria["ward_cut"])[rows]
    if "ward_cut" in methods:
        found["ward_cut"] = cut
    if "hdbscan" in methods:
        found["hdbscan"] = dense_groups(points, rows, min_cluster_size)
    if barcodes is not None:
        groups = specimens.select("processid").join(
            pl.read_parquet(barcodes), on="processid", how="left", maintain_order="left"
        )
        found |= {column: groups[column].to_numpy() for column in DISTANCES}
    named = pl.DataFrame(schema=NAMED_SCHEMA)
    if "known" in methods and embeddings["keys"]:
        known = _known(inputs, embeddings, splits, specimens, cut, standardise, statistics)
        if known is not None:
            found["known"], named, criteria["known"] = known
    columns = [pl.Series(method, labels, pl.Int32) for method, labels in found.items()]
    write_parquet(specimens.select("processid").with_columns(columns), outputs["clusters"])
    write_parquet(named, outputs["named"])
    write_json(criteria, outputs["criteria"])
    write_parquet(_one_per_barcode(inputs, specimens, name), outputs["representatives"])


def number_of_species(specimens: pl.DataFrame) -> int:
    """True species; those without one are one more, as in the released code. None: 0."""
    species = specimens["species"]
    return species.n_unique() if species.count() else 0


def _criterion(
    inputs: dict[str, Path], tree: np.ndarray, points: np.ndarray, sizes: np.ndarray
) -> dict[str, Any]:
    """Where the tree is cut: as suits the validation samples best, or by the silhouette."""
    validation = pl.read_parquet(inputs["validation"])
    if validation["species"].drop_nulls().n_unique() > 1:
        distinct, rows = take_together(np.load(inputs["validation_reduced"]))
        other = ward_tree(distinct, np.bincount(rows))
        return choose_height(other, rows, validation["species"])
    return choose_silhouette(tree, points, sizes)


def _known(
    inputs: dict[str, Path],
    embeddings: dict[str, Sequence[Path]],
    splits: dict[str, Sequence[str]],
    specimens: pl.DataFrame,
    groups: np.ndarray,
    standardise: str,
    statistics: str,
) -> tuple[np.ndarray, pl.DataFrame, dict[str, float]] | None:
    """Clusters, their names and the thresholds; None where keys or validation samples lack."""
    records = pl.scan_parquet(inputs["records"])
    labels = records.select("processid", "species", "genus").collect()
    if not labels["species"].count():
        return None  # as is said already

    def read(kind: str, scales: Sequence[Any] = ()) -> tuple[Any, np.ndarray, pl.DataFrame]:
        vectors = read_vectors(parts_of(embeddings[kind]), standardise, statistics, scales)
        if kind in splits:
            vectors = of_splits(vectors, records, splits[kind])
        samples = vectors.samples.join(labels, on="processid", how="left", maintain_order="left")
        return vectors, vectors.distinct[samples["row"].to_numpy()], samples

    vectors, queries, _ = read("clustered")
    _, others, validation = read("validation", vectors.scales)
    _, keys, of_keys = read("keys", vectors.scales)
    labelled = of_keys["species"].is_not_null().to_numpy()
    if not labelled.any() or not len(others):
        log.warning(
            "%s: no clusters with names: %d labelled keys, %d validation samples",
            inputs["specimens"].parent.name,
            labelled.sum(),
            len(others),
        )
        return None
    keys, of_keys = keys[labelled], of_keys.filter(labelled)
    limits = thresholds(nearest_keys(others, keys, of_keys), validation)
    nearest = nearest_keys(queries, keys, of_keys)
    found, named = named_groups(nearest, groups, limits)
    members = specimens.select("seen", cluster=pl.Series(found, dtype=pl.Int32))
    seen = members.group_by("cluster").agg(pl.col("seen").sum().cast(pl.UInt32))
    named = named.join(seen, on="cluster", maintain_order="left").select(*NAMED_SCHEMA)
    finite = {rank: limit if np.isfinite(limit) else None for rank, limit in limits.items()}
    return found, named.cast(NAMED_SCHEMA), finite


def _one_per_barcode(inputs: dict[str, Path], specimens: pl.DataFrame, name: str) -> pl.DataFrame:
    """The published method on one sample per barcode: processid and ward, where it applies."""
    kept = specimens.filter("representative")
    reduced = np.load(inputs["representatives"])
    count = number_of_species(kept)
    if not len(reduced) or not count:
        return kept.select("processid").clear().with_columns(pl.lit(0, pl.Int32).alias("ward"))
    points, rows = take_together(reduced)
    tree = ward_tree(points, np.bincount(rows))
    labels = cut_tree(tree, count, f"{name}, one sample per barcode: number of species")[rows]
    return kept.select("processid", ward=pl.Series(labels, dtype=pl.Int32))


if __name__ == "__main__":
    with job_log(snakemake.log[0]), one_thread():
        files = ("records", "specimens", "reduced", "representatives", "validation")
        cluster_samples(
            inputs={name: Path(snakemake.input[name]) for name in (*files, "validation_reduced")},
            embeddings={
                name: [Path(path) for path in snakemake.input[f"{name}_embeddings"]]
                for name in ("clustered", "validation", "keys")
            },
            splits=snakemake.params.splits,
            barcodes=Path(snakemake.input.barcodes[0]) if snakemake.input.barcodes else None,
            methods=snakemake.params.methods,
            **snakemake.params.settings,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
