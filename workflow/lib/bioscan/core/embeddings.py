"""Embeddings as stages hand them on: a matrix, the rows of the samples in it, and what they are."""

from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.errors import InputError

#: Which record has its embedding in which row of the matrix.
ROWS_SCHEMA = {"processid": pl.String(), "row": pl.UInt32()}


def read_embeddings(path: Path) -> tuple[np.ndarray, pl.DataFrame]:
    """The embeddings of a split.

    Args:
        path: the matrix, `{split}.npy`, with `{split}.parquet` beside it.

    Returns:
        (n, d) float16 or float32, mapped into memory and not read yet: one row per distinct input,
        which is an image or a trimmed barcode. And a table of `processid` and `row`, one row per
        sample that has the modality, in the order of `row`.

    Raises:
        InputError: a file is not what it should be, or they are not of one another.
    """
    try:
        matrix = np.load(path, mmap_mode="r")
        rows = pl.read_parquet(path.with_suffix(".parquet"))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not embeddings ({reason}); make them again") from error
    if matrix.ndim != 2 or rows.schema != ROWS_SCHEMA or rows["row"].n_unique() != len(matrix):
        raise InputError(
            f"{path}: {matrix.shape} values are not those of {rows['row'].n_unique()} inputs in "
            f"{path.with_suffix('.parquet').name}; make both again"
        )
    return matrix, rows


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) of length 1, in single precision or that of theirs; zero vectors stay."""
    vectors = vectors.astype(np.result_type(vectors, np.float32))
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)
