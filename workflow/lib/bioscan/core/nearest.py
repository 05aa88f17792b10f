"""Exact search for the nearest keys of embeddings, by inner product of unit vectors (5M §4.4)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import faiss
import numpy as np
import polars as pl

from bioscan.core.errors import InputError

log = logging.getLogger(__name__)

#: Queries and keys that are compared at a time: of 768 dimensions, 25 and 101 MB in memory.
QUERY_BLOCK, KEY_BLOCK = 8192, 32_768

#: Keys that are compared again in double precision, beyond those that are asked for.
_SPARE = 12

#: Values of the keys that are compared again at a time: 67 MB in double precision.
_PAIRS = 2**23

#: More than the rounding of a product of unit vectors in single precision.
_ERROR = 1e-5

#: Decimals of a similarity; those that agree in all are equal.
DECIMALS = 6

#: The nearest keys of each query. `place` counts from 1.
NEAREST_SCHEMA = {
    "query": pl.String(),
    "place": pl.UInt8(),
    "key": pl.String(),
    "similarity": pl.Float32(),
}


@dataclass(frozen=True)
class Samples:
    """Samples and their embeddings.

    Attributes:
        table: `processid`, `row` in the matrix, and `barcode` (trimmed; null where there is none),
            one row per sample, in their order. Each row of the matrix has a sample.
        matrix: (n, d) of any floating-point type, also in a file; one row per distinct input.
        name: for messages.
    """

    table: pl.DataFrame
    matrix: np.ndarray
    name: str


def nearest_keys(
    queries: Samples,
    keys: Samples,
    count: int,
    query_block: int = QUERY_BLOCK,
    key_block: int = KEY_BLOCK,
) -> pl.DataFrame:
    """The keys that are most similar to each query, by cosine similarity, the nearest first.

    A key with the processid or the barcode of the query is passed over; the log counts how often.
    Keys are samples: those of one input (a barcode that several have) follow one another, in their
    order; of inputs that are equally similar, the one whose first sample comes first is the nearer
    one. As products in single precision differ by block and machine in their last digits, those of
    the best keys are computed again in double precision, and rounded to `DECIMALS`.

    Memory grows with the blocks, and not with the number of keys.

    Args:
        count: keys per query; fewer where there are no more.
        query_block, key_block: rows that are compared at a time.

    Returns:
        NEAREST_SCHEMA, in the order of the queries.

    Raises:
        InputError: an embedding is not a number, or the dimensions differ.
    """
    if queries.matrix.shape[1] != keys.matrix.shape[1]:
        raise InputError(
            f"{queries.name}: embeddings of {queries.matrix.shape[1]} dimensions, but those of "
            f"{keys.name} have {keys.matrix.shape[1]}; make both again with one model"
        )
    if shared := _shared(queries.table, keys.table):
        log.warning(
            "%s: %d of %d queries are of a specimen or barcode that is a key too: passed over",
            queries.name,
            shared,
            queries.table.height,
        )
    owners = _Owners(queries.table, keys.table)
    rows, similarities = [], []
    for block in _blocks(len(queries.matrix), query_block):
        unit = _unit(queries, block)
        found = _nearest_rows(unit, keys, owners.of(block), count, key_block)
        rows.append(found[0])
        similarities.append(found[1])
    shape = 0, min(count, len(keys.matrix))
    found = np.concatenate([np.empty(shape, np.int64), *rows])
    values = np.concatenate([np.empty(shape, np.float32), *similarities])
    return _by_sample(queries.table, keys.table, found, values, count)


def _shared(queries: pl.DataFrame, keys: pl.DataFrame) -> int:
    """How many queries are of a specimen or of a barcode that is a key too."""
    names = ("processid", "barcode")
    parts = [queries.join(keys, on=name, how="semi").select("processid") for name in names]
    return pl.concat(parts)["processid"].n_unique()


def _blocks(rows: int, size: int) -> Iterator[slice]:
    return (slice(first, min(first + size, rows)) for first in range(0, rows, size))


def _unit(samples: Samples, rows: slice | np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """Embeddings of length 1; zero embeddings stay, and have similarity 0 to all others."""
    found = np.asarray(samples.matrix[rows]).astype(dtype)
    length = np.sqrt(np.einsum("...d,...d->...", found, found))[..., np.newaxis]
    if not np.isfinite(length).all():
        place = int(np.flatnonzero(~np.isfinite(length))[0])
        row = range(len(samples.matrix))[rows][place] if isinstance(rows, slice) else rows[place]
        raise InputError(
            f"{samples.name}: the embedding in row {row} has values that are no finite numbers; "
            "make the embeddings again, or with dtype: float32"
        )
    found /= np.where(length > 0, length, 1)
    return found


class _Owners:
    """Which inputs are of one and the same specimen or barcode.

    Attributes:
        first: (m,) the place of the first sample of each key.
    """

    def __init__(self, queries: pl.DataFrame, keys: pl.DataFrame) -> None:
        asked, known = _first_of_rows(queries), _first_of_rows(keys)
        self.first = known["place"].to_numpy()
        self._pairs = [_codes(asked[name], known[name]) for name in ("processid", "barcode")]

    def of(self, block: slice | np.ndarray) -> "_Apart":
        """Those of some queries."""
        return _Apart(self.first, [(asked[block], known) for asked, known in self._pairs])


@dataclass(frozen=True)
class _Apart:
    """The keys that queries may not have.

    Attributes:
        first: (m,) as in `_Owners`.
        pairs: numbers (n,) of queries and (m,) of keys; those of one number are not compared.
    """

    first: np.ndarray
    pairs: list[tuple[np.ndarray, np.ndarray]]

    def excluded(self, keys: np.ndarray) -> np.ndarray:
        """(n, c) whether a query may not have each of its keys (n, c)."""
        return np.logical_or.reduce([asked[:, None] == known[keys] for asked, known in self.pairs])

    def of(self, queries: np.ndarray) -> "_Apart":
        return _Apart(self.first, [(asked[queries], known) for asked, known in self.pairs])


def _first_of_rows(table: pl.DataFrame) -> pl.DataFrame:
    """The first sample of each row of a matrix, and its place."""
    return table.with_row_index("place").unique("row", keep="first").sort("row")


def _codes(asked: pl.Series, known: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Values as numbers; a missing one is equal to none."""
    codes = pl.concat([asked, known]).rank("dense").cast(pl.Int64)
    numbers = [codes.head(len(asked)).fill_null(-1), codes.tail(len(known)).fill_null(-2)]
    return numbers[0].to_numpy(), numbers[1].to_numpy()


def _nearest_rows(
    unit: np.ndarray, keys: Samples, apart: _Apart, count: int, key_block: int
) -> tuple[np.ndarray, np.ndarray]:
    """The rows (n, k) of the nearest keys and their similarities, -1 and -inf for none."""
    candidates = count + _SPARE
    k = min(count, len(keys.matrix))
    rows = np.full((len(unit), k), -1)
    similarities = np.full((len(unit), k), -np.inf, np.float32)
    open_ = np.arange(len(unit))
    while open_.size and k:
        still = []
        # More candidates of fewer queries take the same memory.
        for block in _blocks(open_.size, max(1, len(unit) * (count + _SPARE) // candidates)):
            asked = open_[block]
            found = _candidates(unit[asked], keys, min(candidates, len(keys.matrix)), key_block)
            best, values, is_sure = _ranked(unit[asked], keys, apart.of(asked), *found, k)
            rows[asked], similarities[asked] = best, values
            still.append(asked[~is_sure])
        open_ = np.concatenate(still)
        candidates *= 2
    return rows, similarities


def _candidates(
    unit: np.ndarray, keys: Samples, count: int, key_block: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, c) and similarities in single precision of the best keys, in descending order."""
    best = np.full((len(unit), 0), -np.inf, np.float32)
    rows = np.full((len(unit), 0), -1)
    for block in _blocks(len(keys.matrix), key_block):
        found, places = faiss.knn(
            unit,
            _unit(keys, block),
            min(count, block.stop - block.start),
            faiss.METRIC_INNER_PRODUCT,
        )
        best = np.concatenate([best, found], axis=1)
        rows = np.concatenate([rows, places + block.start], axis=1)
        order = np.argsort(-best, axis=1, kind="stable")[:, :count]
        best, rows = np.take_along_axis(best, order, 1), np.take_along_axis(rows, order, 1)
    return best, rows


def _ranked(
    unit: np.ndarray, keys: Samples, apart: _Apart, best: np.ndarray, rows: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The k best candidates in their final order, and whether no other key can be among them."""
    exact = np.empty(rows.shape)
    for block in _blocks(len(unit), max(1, _PAIRS // (rows.shape[1] * unit.shape[1]))):
        distinct, places = np.unique(rows[block], return_inverse=True)
        vectors = _unit(keys, distinct, np.float64)[places.reshape(rows[block].shape)]
        exact[block] = np.einsum("nd,ncd->nc", unit[block].astype(np.float64), vectors)
    exact = exact.round(DECIMALS)
    exact[apart.excluded(rows)] = -np.inf
    order = np.lexsort((apart.first[rows], -exact), axis=1)[:, :k]
    found, values = np.take_along_axis(rows, order, 1), np.take_along_axis(exact, order, 1)
    is_sure = values[:, -1] > best[:, -1] + 2 * _ERROR
    if rows.shape[1] == len(keys.matrix):
        is_sure[:] = True
    found[np.isneginf(values)] = -1
    return found, values, is_sure


def _by_sample(
    queries: pl.DataFrame, keys: pl.DataFrame, rows: np.ndarray, values: np.ndarray, count: int
) -> pl.DataFrame:
    """From inputs to samples: the samples of the nearest inputs, for each sample that asks."""
    ordered = keys.with_row_index("place").sort("row", "place")
    sizes = np.bincount(keys["row"].to_numpy(), minlength=int(rows.max(initial=-1)) + 1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    taken = np.where(rows >= 0, sizes[rows], 0) if rows.size else np.zeros_like(rows)
    ends = np.cumsum(taken, axis=1)
    parts = []
    for place in range(count):
        column = (ends <= place).sum(axis=1)
        has = np.flatnonzero(column < rows.shape[1])
        column = column[has]
        before = ends[has, column] - taken[has, column]
        parts.append(
            pl.DataFrame(
                {
                    "row": has,
                    "place": np.full(has.size, place + 1),
                    "sample": starts[rows[has, column]] + place - before,
                    "similarity": values[has, column],
                }
            )
        )
    found = pl.concat(parts)
    found = found.with_columns(ordered["processid"].gather(found["sample"]).alias("key"))
    asked = queries.select(pl.col("processid").alias("query"), pl.col("row").cast(pl.Int64))
    return (
        asked.with_row_index("order")
        .join(found, on="row")
        .sort("order", "place")
        .select(*NEAREST_SCHEMA)
        .cast(NEAREST_SCHEMA)
    )
