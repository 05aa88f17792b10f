"""Queries and keys: the embeddings of splits by one modality, or by image and DNA together."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from bioscan.core.embeddings import read_embeddings
from bioscan.core.errors import InputError
from bioscan.core.sequences import trimmed
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.search import Samples

log = logging.getLogger(__name__)

#: What is compared: an image, a barcode, a text, or image and barcode together (`joint`, the mean
#: of both unit vectors).
Side = Literal["image", "dna", "text", "joint"]

#: Seed of the random projection of embeddings that have different dimensions.
SEED = 0

#: Rows that are averaged or projected at a time.
_ROWS = 16_384


def read_records(path: Path, splits: Sequence[str]) -> pl.DataFrame:
    """The records of splits: processid, split, `TEXT_RANKS` and `barcode` (trimmed).

    Args:
        path: partitioned.parquet.
    """
    return (
        pl.scan_parquet(path)
        .filter(pl.col("split").is_in(splits))
        .select("processid", "split", *TEXT_RANKS, trimmed().alias("barcode"))
        .collect()
    )


def read_side(
    side: Side, files: Mapping[str, Mapping[str, Path]], records: pl.DataFrame
) -> Samples:
    """The samples of splits that have a modality, with their embeddings.

    Texts are one sample each, whatever the number of specimens that have them: the first one stands
    for all. Samples that lack what is compared are counted in the log.

    Args:
        files: modality → split → its .npy file, of the splits whose samples are asked for; of
            `joint`, those of image and DNA.
        records: of `read_records`; samples come in their order.
    """
    splits = list(next(iter(files.values())))
    if side == "joint":
        found = _joint(*(read_side(kind, files, records) for kind in ("image", "dna")))
    else:
        found = _stacked(side, files[side], records)
    asked = records.filter(pl.col("split").is_in(splits)).height
    if side == "text":
        log.info("%d distinct texts of %d samples", found.table.height, asked)
    elif lacking := asked - found.table.height:
        what = (
            "image, barcode or both"
            if side == "joint"
            else {"image": "image", "dna": "barcode"}[side]
        )
        log.warning(
            "%s: not compared, because they have no %s: %d", ", ".join(splits), what, lacking
        )
    return found


def _stacked(side: Side, files: Mapping[str, Path], records: pl.DataFrame) -> Samples:
    matrices, tables, first = [], [], 0
    for path in files.values():
        matrix, rows = read_embeddings(path)
        matrices.append(matrix)
        tables.append(rows.with_columns(pl.col("row") + first))
        first += len(matrix)
    dimensions = {matrix.shape[1] for matrix in matrices}
    if len(dimensions) > 1:
        names = ", ".join(str(path) for path in files.values())
        raise InputError(f"{names}: embeddings of {sorted(dimensions)} dimensions; make all again")
    barcode = pl.lit(None, pl.String).alias("barcode") if side == "text" else "barcode"
    rows = pl.concat(tables)
    table = records.join(rows, on="processid", maintain_order="left").select(
        "processid", "row", barcode
    )
    if table.height != rows.height:
        raise InputError(
            f"{next(iter(files.values()))}: {rows.height - table.height} samples are not in the "
            "records of their splits; make the embeddings again"
        )
    if side == "text":
        table = table.unique("row", keep="first", maintain_order=True)
    matrix = matrices[0] if len(matrices) == 1 else np.concatenate(matrices)
    return Samples(table, matrix, str(next(iter(files.values())).parent))


def _joint(images: Samples, barcodes: Samples) -> Samples:
    """The samples that have both: the mean of their unit vectors."""
    both = images.table.join(
        barcodes.table.select("processid", other="row"), on="processid", maintain_order="left"
    )
    matrix = np.empty((both.height, images.matrix.shape[1]), images.matrix.dtype)
    rows, others = both["row"].to_numpy(), both["other"].to_numpy()
    for start in range(0, both.height, _ROWS):
        part = slice(start, start + _ROWS)
        halves = [unit(images.matrix[rows[part]]), unit(barcodes.matrix[others[part]])]
        matrix[part] = (halves[0] + halves[1]) / 2
    table = both.select("processid", "barcode").with_row_index("row")
    return Samples(table.select("processid", "row", "barcode"), matrix, f"{images.name} and DNA")


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) of length 1 in single precision; zero vectors stay."""
    vectors = vectors.astype(np.float32)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def in_one_space(queries: Samples, keys: Samples) -> tuple[Samples, Samples]:
    """Queries and keys of one dimension.

    Encoders that were not aligned may have different dimensions. The larger one is then projected
    at random to the smaller one, as a head does before training: what is left is chance, as it is
    where encoders that were not aligned have the same dimension by chance (5M Table 5, 3.6 % of the
    orders).
    """
    sizes = queries.matrix.shape[1], keys.matrix.shape[1]
    if sizes[0] == sizes[1]:
        return queries, keys
    small = min(sizes)
    log.warning(
        "%s and %s have %d and %d dimensions: the larger one is projected at random to %d",
        *(queries.name, keys.name, *sizes, small),
    )
    return _projected(queries, small), _projected(keys, small)


def _projected(samples: Samples, dimension: int) -> Samples:
    if samples.matrix.shape[1] == dimension:
        return samples
    shape = samples.matrix.shape[1], dimension
    projection = np.random.default_rng(SEED).standard_normal(shape, np.float32) / dimension**0.5
    parts = [
        unit(samples.matrix[start : start + _ROWS]) @ projection
        for start in range(0, len(samples.matrix), _ROWS)
    ]
    matrix = np.concatenate(parts) if parts else np.empty((0, dimension), np.float32)
    return Samples(samples.table, matrix, samples.name)


def by_modality(
    side: Side, files: Sequence[Path], splits: Sequence[str]
) -> dict[str, dict[str, Path]]:
    """The files of `read_side`, from a list of them modality by modality and split by split."""
    names = ("image", "dna") if side == "joint" else (side,)
    parts = [files[start : start + len(splits)] for start in range(0, len(files), len(splits))]
    return {
        name: dict(zip(splits, part, strict=True)) for name, part in zip(names, parts, strict=True)
    }
