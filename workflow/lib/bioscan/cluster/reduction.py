"""Fewer dimensions by UMAP, in the same way each time.

Seeded, UMAP computes on one thread. Its result still depends on the number of threads that numba
and the linear algebra could use, so both are given one. On another processor the last digits
differ, and with them the result.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import scipy.linalg  # noqa: F401  (its threads have to be there to be limited)
import sklearn.cluster  # noqa: F401
from threadpoolctl import threadpool_limits

from bioscan.core.errors import InputError


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread, whatever the job has."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    with threadpool_limits(limits=1):
        yield


@contextmanager
def arpack_seeded(seed: int) -> Iterator[None]:
    """Let ARPACK, which finds UMAP's first layout, draw the same vectors each time.

    It begins anew with random ones where the graph of neighbours is in several pieces, and UMAP
    hands no seed on to it.
    """
    given = np.random.default_rng
    with patch.object(np.random, "default_rng", lambda s=None: given(seed if s is None else s)):
        yield


def too_few(count: int, dimensions: int, neighbours: int) -> str | None:
    """Why there are too few embeddings for UMAP; None if there are enough.

    It needs more than neighbours, and its first layout (eigenvectors) two more than dimensions.
    """
    given = {"neighbours": neighbours, "dimensions": dimensions}
    most = {"neighbours": count - 1, "dimensions": count - 2}
    beyond = [name for name, value in given.items() if value > most[name]]
    if not beyond:
        return None
    names = " and ".join(f"cluster.{name} of {given[name]}" for name in beyond)
    remedy = " and ".join(f"cluster.{name} to {most[name]} or fewer" for name in beyond)
    return (
        f"{count} embeddings are too few for UMAP with {names}; expected "
        f"{max(neighbours + 1, dimensions + 2)} or more"
        # Both are 2 at least.
        + (f", or set {remedy}" if count >= 4 else "")
    )


def umap_inputs(rows: np.ndarray, identical: str) -> tuple[np.ndarray, np.ndarray]:
    """The embeddings that UMAP takes of samples.

    Args:
        rows: (n,) the distinct embedding of each sample.
        identical: `each`, an embedding per sample, as many identical ones as there are (5M §4.3
            clusters all samples); or `once`, each distinct one.

    Returns:
        (m,) their rows among the distinct ones; (n,) the place among these of each sample.
    """
    if identical == "each":
        return rows, np.arange(len(rows))
    return np.unique(rows, return_inverse=True)


def reduce(
    vectors: np.ndarray,
    dimensions: int,
    neighbours: int,
    seed: int,
    min_dist: float = 0.0,
    name: str = "vectors",
) -> np.ndarray:
    """Reduce vectors by UMAP (5M §4.3: Euclidean).

    Args:
        vectors: (n, d).
        dimensions: of the result.
        neighbours: `n_neighbors`.
        min_dist: 0 packs clusters as closely as they are; UMAP's own default for drawing is 0.1.
        name: of the vectors, for messages.

    Returns:
        (n, dimensions) float32.

    Raises:
        InputError: there are too few vectors.
    """
    if reason := too_few(len(vectors), dimensions, neighbours):
        raise InputError(f"{name}: {reason}")
    with one_thread(), arpack_seeded(seed):
        # Here, because it compiles for seconds, and after numba is told its threads.
        import umap

        with warnings.catch_warnings():
            # umap-learn says that a seed means one thread.
            warnings.filterwarnings("ignore", message="n_jobs value")
            model = umap.UMAP(
                n_components=dimensions,
                n_neighbors=neighbours,
                min_dist=min_dist,
                metric="euclidean",
                random_state=seed,
                n_jobs=1,
            )
            return model.fit_transform(vectors)
