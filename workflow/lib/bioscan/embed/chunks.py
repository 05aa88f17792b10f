"""A matrix that is made in parts, so that a killed job resumes and memory holds one part."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from bioscan.core.errors import InputError
from bioscan.core.files import atomic

#: Rows of a part: 50 MB of 768 float32. A GPU makes one in some seconds.
CHUNK_ROWS = 1 << 14


def write_matrix(
    path: Path,
    shape: tuple[int, int],
    dtype: str,
    make: Callable[[int], Iterable[np.ndarray]],
    folder: Path,
    chunk_rows: int = CHUNK_ROWS,
) -> None:
    """Write a matrix as .npy, complete or not at all.

    Args:
        path: the .npy file.
        shape: rows and columns of the matrix.
        dtype: "float16" or "float32".
        make: gives the rows from some row on, in batches.
        folder: keeps the parts that are made; those that it has are not made again.
        chunk_rows: rows of each part but the last one.

    Raises:
        InputError: a value is no finite number of this type.
    """
    parts = {start: folder / f"{start}.npy" for start in range(0, shape[0], chunk_rows)}
    missing = next((start for start, part in parts.items() if not part.exists()), None)
    if missing is not None:
        chunks = _of_size(make(missing), chunk_rows)
        for start, chunk in zip(range(missing, shape[0], chunk_rows), chunks, strict=True):
            with atomic(parts[start]) as partial, partial.open("wb") as file:
                np.save(file, _finite(chunk, dtype))
    with atomic(path) as partial, partial.open("wb") as file:
        described = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, described)
        for part in parts.values():
            np.load(part).tofile(file)


def _of_size(batches: Iterable[np.ndarray], rows: int) -> Iterator[np.ndarray]:
    """The same rows in arrays of a size, but for the last one."""
    waiting: list[np.ndarray] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= rows:
            joined = np.concatenate(waiting)
            full = len(joined) // rows * rows
            yield from np.split(joined[:full], full // rows)
            waiting = [joined[full:]]
    if any(map(len, waiting)):
        yield np.concatenate(waiting)


def _finite(values: np.ndarray, dtype: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        cast = values.astype(dtype)
    if np.isfinite(cast).all():
        return cast
    if np.isfinite(values).all():
        raise InputError(
            f"config: embed.dtype is '{dtype}', but an embedding has a value of "
            f"{np.abs(values).max():.3g}, which it does not hold; expected 'float32'"
        )
    raise InputError(
        "an embedding has a value that is no finite number: the weights of its encoder are "
        "damaged; fetch or train them again"
    )
