"""Search for the nearest embeddings: queries per second, and memory that keys do not add to."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import faiss
import numpy as np
import polars as pl

from bioscan.core.nearest import KEY_BLOCK, QUERY_BLOCK, Samples, nearest_keys

#: The task of BIOSCAN-5M is 40,000 queries in 325,000 keys.
DIMENSION, QUERIES, KEYS, NEIGHBOURS = 768, 1000, (40_000, 120_000), 20

#: Memory of blocks of queries and keys in single precision, of the pairs that are computed again in
#: double precision (67 MB, and as much while they are gathered), and as much again for the rest.
BOUND = 2 * (4 * DIMENSION * (min(QUERIES, QUERY_BLOCK) + KEY_BLOCK) + 2 * 8 * 2**23)


def bench_search_for_the_nearest_keys(tmp_path: Path) -> None:
    """Three times the keys take three times as long, and no more memory."""
    faiss.omp_set_num_threads(2)
    rng = np.random.default_rng(0)
    queries = _samples(rng.standard_normal((QUERIES, DIMENSION), np.float32), "q")
    print(f"\n  bound {BOUND / 2**20:.0f} MB")
    for number in KEYS:
        path = tmp_path / f"{number}.npy"
        written = np.lib.format.open_memmap(path, "w+", np.float16, (number, DIMENSION))
        for start in range(0, number, KEY_BLOCK):
            block = written[start : start + KEY_BLOCK]
            block[:] = rng.standard_normal(block.shape, np.float32)
        del written, block
        keys = _samples(np.load(path, mmap_mode="r"), "k")
        started = perf_counter()
        with _peak() as peak:
            found = nearest_keys(queries, keys, NEIGHBOURS)
        seconds = perf_counter() - started
        print(
            f"  {QUERIES:,} queries in {number:,} keys: {QUERIES / seconds:.0f} per second, "
            f"{QUERIES * number / seconds / 1e6:.0f} M pairs per second, {peak[0] / 2**20:.0f} MB"
        )
        assert found.height == QUERIES * NEIGHBOURS
        assert peak[0] < BOUND


def _samples(matrix: np.ndarray, prefix: str) -> Samples:
    table = pl.DataFrame({"processid": [f"{prefix}{n}" for n in range(len(matrix))]})
    table = table.with_row_index("row").with_columns(pl.lit(None, pl.String).alias("barcode"))
    return Samples(table, matrix, prefix)


@contextmanager
def _peak() -> Iterator[list[int]]:
    """The most memory, in bytes, that is taken while it runs, files that are mapped left out."""
    found, ended, before = [0], threading.Event(), _taken()

    def watch() -> None:
        while not ended.is_set():
            found[0] = max(found[0], _taken() - before)
            sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def _taken() -> int:
    lines = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
