"""Queries and keys: the embeddings of splits by one modality, or by image and DNA together."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from bioscan.core.embeddings import read_embeddings, unit
from bioscan.core.encoders import Modality
from bioscan.core.nearest import Samples
from bioscan.core.sequences import trimmed
from bioscan.core.texts import TEXT_RANKS

log = logging.getLogger(__name__)

#: What is compared: an image, a barcode, a text, or image and barcode together (`joint`, the mean
#: of both unit vectors).
Side = Literal["image", "dna", "text", "joint"]

#: What samples lack that are not compared.
_LACKED: dict[Side, str] = {"image": "image", "dna": "barcode", "joint": "image, barcode or both"}

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


def read_side(side: Side, files: Mapping[Modality, Path], records: pl.DataFrame) -> Samples:
    """The samples that have a modality, with their embeddings.

    Texts are one sample each, whatever the number of specimens that have them: the first one stands
    for all. Samples that lack what is compared are counted in the log.

    Args:
        files: modality → .npy file of a split that holds all records, or more; of `joint`, those
            of image and DNA.
        records: of `read_records`; samples come in their order.
    """
    if side == "joint":
        found = joined(*(_read(kind, files[kind], records) for kind in ("image", "dna")))
    else:
        found = _read(side, files[side], records)
    if side != "text" and (lacking := records.height - found.table.height):
        splits = ", ".join(records["split"].unique(maintain_order=True))
        log.warning("%s: not compared, as they have no %s: %d", splits, _LACKED[side], lacking)
    return found


def _read(modality: Modality, path: Path, records: pl.DataFrame) -> Samples:
    matrix, rows = read_embeddings(path)
    table = records.join(rows, on="processid", maintain_order="left")
    if modality == "text":
        table = table.unique("row", keep="first", maintain_order=True)
        table = table.with_columns(pl.lit(None, pl.String).alias("barcode"))
    # Rows of other records are left out, so that the search does not meet them.
    used, places = np.unique(table["row"].to_numpy(), return_inverse=True)
    table = table.select("processid", pl.Series("row", places, pl.UInt32), "barcode")
    return Samples(table, matrix[used], str(path.parent))


def joined(images: Samples, barcodes: Samples) -> Samples:
    """The samples that have image and barcode: the mean of both unit vectors."""
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


def chosen(samples: Samples, processids: pl.Series) -> Samples:
    """Some of the samples, in the order of `processids`, a row each."""
    table = pl.DataFrame({"processid": processids}).join(
        samples.table, on="processid", maintain_order="left"
    )
    matrix = samples.matrix[table["row"].to_numpy()]
    table = table.select("processid", "barcode").with_row_index("row")
    return Samples(table.select("processid", "row", "barcode"), matrix, samples.name)


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
