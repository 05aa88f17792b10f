"""Boxes for a shard of images."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import polars as pl
import torch
from torch import Tensor

from bioscan.core.images import BrokenImage, decode
from bioscan.detect.boxes import BOXES_SCHEMA, published_sizes
from bioscan.detect.engine import Engine
from bioscan.detect.model import Scaling, prepare

#: Rows held as Python objects at a time: a shard may be a whole dataset.
ROWS = 10_000


def predict_boxes(
    engine: Engine,
    index: pl.DataFrame,
    images: Iterable[tuple[str, bytes | BrokenImage]],
    *,
    scaling: Scaling,
    threshold: float,
    batch_size: int,
    threads: int,
) -> pl.DataFrame:
    """One row per image: the highest-scoring box, or the reason why there is none.

    An image whose best box scores `threshold` or less shows no insect and gets no box. (The
    published tool cuts crops out of empty wells, because its threshold filters nothing.)

    Args:
        index: rows of the image index.
        images: their (processid, bytes) in the same order.
        batch_size: images that the engine gets at once.
        threads: threads that prepare images while the engine works.

    Returns:
        BOXES_SCHEMA, in the order of the index.
    """
    reasons: dict[int, str] = {}

    def readable() -> Iterator[tuple[int, Tensor]]:
        ahead = _prepare_ahead(index, images, scaling, threads, batch_size)
        for row, image in enumerate(ahead):
            if isinstance(image, BrokenImage):
                reasons[row] = str(image)
            else:
                yield row, image

    boxes, scores, areas = detect_all(engine, readable(), index.height, batch_size)
    parts = [pl.DataFrame(schema=BOXES_SCHEMA)]
    columns = index.select("processid", "width", "height")
    for start in range(0, index.height, ROWS):
        rows = []
        for n, (processid, width, height) in enumerate(columns[start : start + ROWS].rows(), start):
            if n in reasons:
                outcome = {"status": "unreadable", "reason": reasons[n]}
            else:
                found = boxes[n], float(scores[n]), float(areas[n])
                outcome = _outcome((width, height), *found, threshold)
            known = {"processid": processid, "width_original": width, "height_original": height}
            rows.append({**known, **outcome})
        parts.append(pl.DataFrame(rows, schema=BOXES_SCHEMA))
    return pl.concat(parts, rechunk=True)


def detect_all(
    engine: Engine, images: Iterable[tuple[int, Tensor]], count: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best box of each image.

    Args:
        images: row and prepared image (3, h, w).
        count: number of rows.

    Returns:
        Boxes (count, 4) as x0, y0, x1, y1, scores (count,) and areas (count,), these and the boxes
        in fractions of the image, float32; NaN in rows without an image.
    """
    boxes = np.full((count, 4), np.nan, np.float32)
    scores, areas = np.full((2, count), np.nan, np.float32)
    for rows, batch in batches_of_one_size(images, batch_size):
        boxes[rows], scores[rows], areas[rows] = engine(torch.stack(batch))
    return boxes, scores, areas


def batches_of_one_size(
    images: Iterable[tuple[int, Tensor]], batch_size: int
) -> Iterator[tuple[list[int], tuple[Tensor, ...]]]:
    """Batches of rows and images (3, h, w) that need no padding.

    Padding leaks through a detector's convolutions into a box. Images of BIOSCAN are nearly all of
    one size; at most twice `batch_size` images wait for others of their size.
    """
    waiting: defaultdict[tuple[int, ...], list[tuple[int, Tensor]]] = defaultdict(list)
    for row, image in images:
        alike = waiting[image.shape]
        alike.append((row, image))
        if len(alike) < batch_size:
            if sum(map(len, waiting.values())) < 2 * batch_size:
                continue
            alike = max(waiting.values(), key=len)
        rows, batch = zip(*waiting.pop(alike[0][1].shape), strict=True)
        yield list(rows), batch
    for alike in waiting.values():
        rows, batch = zip(*alike, strict=True)
        yield list(rows), batch


def _prepare_ahead(
    index: pl.DataFrame,
    images: Iterable[tuple[str, bytes | BrokenImage]],
    scaling: Scaling,
    threads: int,
    ahead: int,
) -> Iterator[Tensor | BrokenImage]:
    """Images as the detector sees them, in order, up to `ahead` of them prepared in advance."""
    sizes = index.select("width", "height").iter_rows()
    waiting: deque[Future[Tensor | BrokenImage]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for (_, data), size in zip(images, sizes, strict=True):
            waiting.append(pool.submit(_prepare, data, scaling.size(*size)))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _prepare(data: bytes | BrokenImage, size: tuple[int, int]) -> Tensor | BrokenImage:
    if isinstance(data, BrokenImage):
        return data
    try:
        return prepare(decode(data, min_size=size), size)
    except BrokenImage as reason:
        return reason


def _outcome(
    size: tuple[int, int], box: np.ndarray, score: float, area: float, threshold: float
) -> dict:
    """The columns of a box, in pixels of an image's (width, height); or those of `no_insect`."""
    width, height = size
    x0, x1 = (round(float(x) * width) for x in box[[0, 2]])
    y0, y1 = (round(float(y) * height) for y in box[[1, 3]])
    fault = f"best score {score:.4f}, threshold {threshold}" if score <= threshold else None
    if fault is None and (x0 == x1 or y0 == y1):
        fault = "the best box has no area"
    if fault is not None:
        return {"score": score, "status": "no_insect", "reason": fault}
    area_fraction, scale_factor = published_sizes((x0, y0, x1, y1), (width, height))
    return {
        "x0": x0, "y0": y0, "x1": x1, "y1": y1, "score": score, "status": "ok",
        "area_fraction": area_fraction, "scale_factor": scale_factor,
        "pixels": None if np.isnan(area) else round(area * width * height),
    }  # fmt: skip
