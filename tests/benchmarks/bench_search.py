"""The search for the nearest keys at the size of 5M: memory and time beside faiss on all at once.

40,000 queries in 325,000 keys of 768 dimensions in half precision, as Table 5 has them in order of
magnitude, in files. Memory is that which is not a file's.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

from bioscan.core.nearest import KEY_BLOCK, QUERY_BLOCK
from tests.workflow.runs import ROOT

QUERIES, KEYS, DIMENSIONS = 40_000, 325_000, 768

#: Queries and keys of a block in single precision, twice while their lengths are made one; the
#: candidates that are compared again in double precision, twice; names and answers of the samples.
BOUND_MB = (2 * (QUERY_BLOCK + KEY_BLOCK) * DIMENSIONS * 4 + 2 * 2**23 * 8) / 2**20 + 250

#: One way in a process of its own: its name, and the files of queries and keys.
PROGRAM = f"""
import sys, threading, time
sys.path.insert(0, {str(ROOT / "workflow" / "lib")!r})
import faiss
import numpy as np
import polars as pl
from bioscan.core.nearest import Samples, nearest_keys

def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024

def watch():
    while True:
        peaks.append(anonymous())
        time.sleep(0.05)

def samples(path, name):
    matrix = np.load(path, mmap_mode="r")
    names = pl.format(name + "{{}}", pl.int_range(len(matrix)))
    table = pl.DataFrame({{"row": np.arange(len(matrix))}}).with_columns(
        names.alias("processid"), names.alias("barcode")
    )
    return Samples(table, matrix, name)

way, asked, known = sys.argv[1:]
queries, keys = samples(asked, "query"), samples(known, "key")
peaks = [anonymous()]
threading.Thread(target=watch, daemon=True).start()
started = time.perf_counter()
if way == "blocks":
    nearest_keys(queries, keys, 5)
else:
    index = faiss.IndexFlatIP(keys.matrix.shape[1])
    index.add(np.asarray(keys.matrix, np.float32))
    index.search(np.asarray(queries.matrix, np.float32), 5)
print(time.perf_counter() - started, max(peaks) - peaks[0])
"""


def _write(path: Path, rows: int, seed: int) -> None:
    """Unit vectors in half precision."""
    random = np.random.default_rng(seed)
    shape = (rows, DIMENSIONS)
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    for first in range(0, rows, KEY_BLOCK):
        block = matrix[first : first + KEY_BLOCK]
        vectors = random.standard_normal(block.shape, np.float32)
        block[:] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix.flush()


def bench_search(tmp_path: Path) -> None:
    """Blocks, and an index of all keys."""
    files = [tmp_path / "queries.npy", tmp_path / "keys.npy"]
    _write(files[0], QUERIES, 0)
    _write(files[1], KEYS, 1)
    print(f"\n  {QUERIES:,} queries in {KEYS:,} keys of {DIMENSIONS} dimensions")
    seconds = {}
    for way in ("blocks", "index"):
        command = [sys.executable, "-c", PROGRAM, way, *map(str, files)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds[way], peak = map(float, said.split())
        rate = QUERIES / seconds[way]
        print(f"  {way:7s} {seconds[way]:6.0f} s, {rate:6,.0f} queries a second, {peak:6,.0f} MB")
        if way == "blocks":
            print(f"          bound by the blocks: {BOUND_MB:,.0f} MB")
            assert peak < BOUND_MB
    print(f"  time over that of the index: {seconds['blocks'] / seconds['index']:.2f}")
