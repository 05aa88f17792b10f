"""Small crops of specimens, for pages that hold many of them."""

import logging
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path

import cv2
import numpy as np
import polars as pl

from bioscan.core.errors import BrokenImage
from bioscan.core.images import decode, encode
from bioscan.core.pack import PackReader, packs_beside

log = logging.getLogger(__name__)

#: JPEG quality of a thumbnail.
QUALITY = 80


def having_images(specimens: pl.DataFrame, index: Path | None) -> pl.DataFrame:
    """The specimens that a package has an image of; none without a package."""
    if index is None:
        return specimens.clear()
    packed = pl.scan_parquet(index).select("processid")
    return (
        specimens.lazy().join(packed, on="processid", how="semi", maintain_order="left").collect()
    )


def read_thumbnails(
    index: Path | None, processids: Iterable[str], side: int
) -> dict[str, np.ndarray]:
    """The images of specimens, each fitted into a square.

    Images that cannot be read are counted in the log.

    Args:
        index: index.parquet of a package, beside its packs. None: the dataset has no images.
        processids: of the specimens.
        side: of the square, pixels.

    Returns:
        processid → RGB (side, side, 3), of the specimens that have an image.
    """
    if index is None:
        return {}
    wanted = pl.LazyFrame({"processid": list(processids)}, {"processid": pl.String()})
    rows = (
        wanted.unique()
        .join(pl.scan_parquet(index), on="processid")
        .sort("shard", "row")
        .select("processid", "shard", "row")
        .collect()
    )
    reader = PackReader(packs_beside(index))
    found: dict[str, np.ndarray] = {}
    broken = []
    for processid, shard, row in rows.iter_rows():
        try:
            found[processid] = fit(decode(reader.read(shard, row), (side, side)), side)
        except BrokenImage as error:
            broken.append(f"{processid!r}: {error}")
    if broken:
        log.warning("%s: %d crops cannot be read, the first %s", index, len(broken), broken[0])
    return found


def fit(pixels: np.ndarray, side: int) -> np.ndarray:
    """Scale RGB (height, width, 3) to fit into a white square, (side, side, 3)."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    square = np.full((side, side, 3), 255, dtype=np.uint8)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    square[top : top + size[1], left : left + size[0]] = cv2.resize(pixels, size, interpolation=how)
    return square


def tile(squares: Sequence[np.ndarray], columns: int) -> bytes:
    """One JPEG of many squares, row by row.

    Sides that are multiples of 16, the blocks of 4:2:0 chroma, keep neighbours apart.

    Args:
        squares: RGB (side, side, 3) each; at least one.
        columns: squares in a row.
    """
    side = len(squares[0])
    sheet = np.full((ceil(len(squares) / columns) * side, columns * side, 3), 255, dtype=np.uint8)
    for number, square in enumerate(squares):
        row, column = divmod(number, columns)
        sheet[row * side : (row + 1) * side, column * side : (column + 1) * side] = square
    return encode(sheet, QUALITY)


def choose_evenly(specimens: pl.DataFrame, by: str, most: int) -> list[str]:
    """At most `most` processids, in turn from each group, so that every group has some.

    Args:
        specimens: processid and `by`.
    """
    turn = pl.int_range(pl.len()).over(by)
    chosen = specimens.sort(by, "processid").with_columns(turn.alias("turn"))
    return chosen.sort("turn", by, "processid")["processid"].head(most).to_list()
