"""The vectors that are clustered: embeddings of the samples of some splits, alone or in pairs."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.embeddings import read_embeddings
from bioscan.core.errors import InputError, first_ten
from bioscan.core.sequences import trimmed

log = logging.getLogger("bioscan.cluster")

#: Labels by which clusters are scored, and columns of the table of specimens.
LABELS = ("order", "family", "genus", "species", "dna_bin")
_RECORD = ("order", "family", "subfamily", "genus", "species", "dna_bin")


@dataclass(frozen=True)
class Scale:
    """What a pair's embeddings of one modality are shifted and divided by.

    Attributes:
        mean, spread: (d,).
    """

    mean: np.ndarray
    spread: np.ndarray | float


@dataclass(frozen=True)
class Vectors:
    """The vectors of samples.

    Attributes:
        samples: `processid`, `split` and `row`, in the order of the splits, then of processid.
        distinct: (n, d) float32, the distinct vectors in the order of their first samples.
        scales: of each modality of a pair whose statistics are joint; none otherwise.
    """

    samples: pl.DataFrame
    distinct: np.ndarray
    scales: tuple[Scale, ...] = ()


def read_vectors(
    parts: Sequence[Sequence[Path]],
    standardise: str,
    statistics: str,
    scales: Sequence[Scale] = (),
) -> Vectors:
    """Read the embeddings of some splits.

    Args:
        parts: of each embedding that is joined, the .npy files of the splits in their order.
        standardise: how those of a pair are scaled, `cluster.standardise`.
        statistics: `joint` or `per_split`, `cluster.statistics`.
        scales: joint statistics of other samples, to scale these alike; by default their own.

    Raises:
        InputError: vectors have NaN.
    """
    read = [_read(paths) for paths in parts]
    if len(read) == 1:
        samples, rows, matrix = read[0]
        return _distinct(samples, matrix, rows)
    samples = read[0][0]
    for other, _, _ in read[1:]:
        samples = samples.join(other, on=["processid", "split"], maintain_order="left")
    names = [paths[0].parent.name for paths in parts]
    for name, (found, _, _) in zip(names, read, strict=True):
        if lost := found.height - samples.height:
            log.warning(
                "%s: %d samples of '%s' are left out, as the other embedding has none of them",
                "+".join(names),
                lost,
                name,
            )
    splits = samples["split"].to_numpy() if statistics == "per_split" else None
    columns: list[np.ndarray] = []
    used: list[Scale | None] = []
    for number, (name, (found, rows, matrix)) in enumerate(zip(names, read, strict=True)):
        place = samples.join(
            found.with_columns(place=rows), on=["processid", "split"], maintain_order="left"
        )["place"]
        given = scales[number] if scales else None
        values, scale = standardised(matrix[place.to_numpy()], standardise, splits, name, given)
        columns.append(values)
        used.append(scale)
    joint = tuple(scale for scale in used if scale is not None)
    values = np.hstack(columns)
    return _distinct(samples, values, np.arange(len(values)), joint)


def of_splits(vectors: Vectors, records: pl.LazyFrame, splits: Sequence[str]) -> Vectors:
    """The vectors of the samples that the records have in some splits."""
    wanted = records.filter(pl.col("split").is_in(splits)).select("processid").collect()
    samples = vectors.samples.join(wanted, on="processid", how="semi", maintain_order="left")
    distinct, rows = take_together(vectors.distinct, samples["row"].to_numpy())
    return Vectors(samples.with_columns(pl.Series("row", rows)), distinct, vectors.scales)


def require_different(vectors: Vectors, parts: Sequence[Sequence[Path]]) -> None:
    """Refuse samples that cannot be clustered.

    Args:
        vectors: of `read_vectors`.
        parts: the files that they were read from.

    Raises:
        InputError: there is no sample, or all vectors are the same.
    """
    folder = parts[0][0].parent
    if len(vectors.distinct) > 1:
        return
    if len(vectors.samples):
        raise InputError(
            f"{folder}: the embeddings of all {len(vectors.samples)} samples are the same; "
            "expected vectors that differ, check the encoder and its weights"
        )
    held = {paths[0].parent.name: _read(paths)[0]["processid"] for paths in parts}
    if len(parts) > 1 and all(map(len, held.values())):
        examples = ", ".join(f"'{name}' has {ids[0]!r}" for name, ids in held.items())
        raise InputError(
            f"{folder}: the embeddings of {' and '.join(held)} have no sample in common "
            f"({examples}); expected some with the same processid"
        )
    names = ", ".join(path.name for path in parts[0])
    raise InputError(f"{folder}: no sample has an embedding in {names}; expected two or more")


def _read(paths: Sequence[Path]) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Samples (processid, split), their rows, and the matrices of the splits below each other."""
    tables, matrices, before = [], [], 0
    for path in paths:
        matrix, rows = read_embeddings(path)
        values = np.asarray(matrix, np.float32)
        if broken := int((~np.isfinite(values)).any(axis=1).sum()):
            raise InputError(
                f"{path}: {broken} of {len(values)} embeddings have NaN or infinite values; "
                "expected numbers, check the encoder and its weights"
            )
        rows = rows.sort("processid").with_columns(
            pl.lit(path.stem).alias("split"), pl.col("row").cast(pl.Int64) + before
        )
        tables.append(rows)
        matrices.append(values)
        before += len(values)
    if len(widths := {matrix.shape[1] for matrix in matrices}) > 1:
        raise InputError(
            f"{paths[0].parent}: the splits have {' and '.join(map(str, sorted(widths)))} "
            "dimensions, expected one number; make them again"
        )
    table = pl.concat(tables)
    return table.select("processid", "split"), table["row"].to_numpy(), np.concatenate(matrices)


def _distinct(
    samples: pl.DataFrame,
    values: np.ndarray,
    rows: np.ndarray,
    scales: tuple[Scale, ...] = (),
) -> Vectors:
    distinct, places = take_together(values, rows)
    return Vectors(samples.with_columns(pl.Series("row", places)), distinct, scales)


def take_together(
    values: np.ndarray, rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Take identical vectors together.

    Args:
        values: (m, d) float32.
        rows: (n,) the vector of each sample; by default one each.

    Returns:
        The distinct vectors in the order of their first samples; (n,) uint32, that of each sample.
    """
    values = np.ascontiguousarray(values) + np.float32(0)  # so that -0 is 0
    rows = np.arange(len(values)) if rows is None else rows
    width = values.dtype.itemsize * values.shape[1]
    _, same = np.unique(values.view(f"V{width}").ravel(), return_inverse=True)
    _, first, place = np.unique(same[rows], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order))
    return values[rows[first[order]]], rank[place]


def standardised(
    values: np.ndarray,
    how: str,
    splits: np.ndarray | None,
    name: str,
    scale: Scale | None = None,
) -> tuple[np.ndarray, Scale | None]:
    """Scale the embeddings of one modality.

    Args:
        values: (n, d).
        how: `zscore`, `average_zscore` or `l2`.
        splits: (n,) the split of each, where each is scaled on its own; None: all together.
        name: of the embedding, for messages.
        scale: what to scale by; by default the statistics of `values`.

    Returns:
        (n, d) float32, and the scale of all together. A column without variance becomes 0.
    """
    values = values.astype(np.float64)
    if how == "l2":
        lengths = np.linalg.norm(values, axis=1, keepdims=True)
        if zero := int((lengths == 0).sum()):
            log.warning("%s: %d embeddings have length 0 and stay as they are", name, zero)
        return (values / np.where(lengths == 0, 1, lengths)).astype(np.float32), None
    if splits is not None or not len(values):
        for split in dict.fromkeys(() if splits is None else splits):
            inside = splits == split
            if inside.sum() == 1:
                raise InputError(
                    f"{name}: the split '{split}' has 1 sample, of which there is no standard "
                    "deviation; expected two or more, or set cluster.statistics to joint"
                )
            found = _scale(values[inside], how, f"{name}, split '{split}'")
            values[inside] = (values[inside] - found.mean) / found.spread
        return values.astype(np.float32), None
    scale = scale or _scale(values, how, name)
    return ((values - scale.mean) / scale.spread).astype(np.float32), scale


def _scale(values: np.ndarray, how: str, name: str) -> Scale:
    mean, spread = values.mean(axis=0), values.std(axis=0)
    # The mean of a constant may differ from it by rounding.
    constant = np.ptp(values, axis=0) == 0
    mean = np.where(constant, values[0], mean)
    if constant.all():
        raise InputError(
            f"{name}: the embeddings of all {len(values)} samples are the same, so they cannot be "
            "standardised; check the encoder and its weights"
        )
    if constant.any():
        log.warning(
            "%s: %d of %d columns have no variance and become 0 (%s)",
            name,
            constant.sum(),
            constant.size,
            first_ten(map(str, np.flatnonzero(constant))),
        )
    if how == "average_zscore":
        return Scale(mean, float(spread.mean()))
    return Scale(mean, np.where(constant, 1, spread))


def describe_specimens(samples: pl.DataFrame, records: pl.LazyFrame, keys: bool) -> pl.DataFrame:
    """The labels of samples.

    Args:
        samples: of `Vectors`.
        records: partitioned records.
        keys: whether the records have splits, of which `train` is of labelled keys.

    Returns:
        processid, split (that of the records where they have any), the ranks from order on (tribe
        aside), dna_bin; `seen`, whether the species has keys, null where it has no species or there
        are no keys; `representative`, the first sample of its barcode, false where it has no
        barcode; and `row`.
    """
    divided = [pl.col("split").alias("divided")] if keys else []
    labels = records.select("processid", *_RECORD, *divided, barcode=trimmed()).collect()
    found = samples.join(labels, on="processid", how="left", maintain_order="left", validate="1:1")
    seen = pl.lit(None, pl.Boolean)
    if keys:
        found = found.with_columns(pl.coalesce("divided", "split").alias("split"))
        known = records.filter(pl.col("split") == "train").select("species").drop_nulls().unique()
        if len(species := known.collect()["species"]):
            seen = pl.col("species").is_in(species.implode())
    first = pl.col("barcode").is_first_distinct() & pl.col("barcode").is_not_null()
    return found.select(
        "processid",
        "split",
        *_RECORD,
        seen.alias("seen"),
        first.alias("representative"),
        "row",
    )


def parts_of(paths: Sequence[Path]) -> list[list[Path]]:
    """The files of each embedding, in their order."""
    parts: Mapping[Path, list[Path]] = {path.parent: [] for path in paths}
    for path in paths:
        parts[path.parent].append(path)
    return list(parts.values())
