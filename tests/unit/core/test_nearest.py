"""The nearest keys of embeddings."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.nearest import NEAREST_SCHEMA, Samples, nearest_keys


def samples(
    matrix: np.ndarray,
    prefix: str,
    rows: list[int] | None = None,
    barcodes: list[str | None] | None = None,
) -> Samples:
    """Samples of rows of a matrix, one of each if not given, without barcodes."""
    rows = list(range(len(matrix))) if rows is None else rows
    table = pl.DataFrame(
        {
            "processid": [f"{prefix}{place}" for place in range(len(rows))],
            "row": rows,
            "barcode": barcodes or [None] * len(rows),
        },
        {"processid": pl.String, "row": pl.UInt32, "barcode": pl.String},
    )
    return Samples(table, matrix, prefix)


def brute_force(queries: np.ndarray, keys: np.ndarray, count: int) -> list[list[str]]:
    unit = [
        m.astype(float) / np.linalg.norm(m.astype(float), axis=1)[:, None] for m in (queries, keys)
    ]
    similarity = (unit[0] @ unit[1].T).round(6)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return [[f"k{place}" for place in row] for row in order]


def keys_of(found: pl.DataFrame) -> list[list[str]]:
    """The keys of each query, in the order of their places."""
    grouped = found.group_by("query", maintain_order=True).agg("key", "place")
    for places in grouped["place"]:
        assert places.to_list() == list(range(1, len(places) + 1))
    return grouped["key"].to_list()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(("query_block", "key_block"), [(1000, 1000), (7, 11), (1, 1)])
def test_the_search_equals_brute_force_whatever_the_blocks(dtype, query_block, key_block):
    rng = np.random.default_rng(0)
    queries, keys = (rng.standard_normal((n, 16)).astype(dtype) for n in (30, 90))
    found = nearest_keys(samples(queries, "q"), samples(keys, "k"), 5, query_block, key_block)
    assert found.schema == NEAREST_SCHEMA
    assert found["query"].unique(maintain_order=True).to_list() == [f"q{n}" for n in range(30)]
    assert keys_of(found) == brute_force(queries, keys, 5)


def test_of_equally_similar_keys_the_first_ones_are_the_nearest_however_many_there_are():
    rng = np.random.default_rng(1)
    near = np.tile([1.0, 0, 0], (60, 1))
    keys = np.concatenate([rng.standard_normal((5, 3)) * [0, 1, 1], near]).astype(np.float32)
    query = samples(np.array([[2.0, 0, 0]], np.float32), "q")
    found = nearest_keys(query, samples(keys, "k"), 3, key_block=20)
    assert keys_of(found) == [["k5", "k6", "k7"]]
    assert found["similarity"].to_list() == [1, 1, 1]
    # The order of samples decides, and not that of the rows of the matrix.
    turned = samples(keys, "k", rows=list(range(64, -1, -1)))
    assert keys_of(nearest_keys(query, turned, 3)) == [["k0", "k1", "k2"]]


def test_samples_of_one_input_follow_one_another():
    keys = np.array([[1, 0], [0.9, 0.1]], np.float32)
    of = samples(keys, "k", rows=[1, 0, 0, 1])
    found = nearest_keys(samples(keys[:1], "q", rows=[0, 0]), of, 3)
    assert keys_of(found) == [["k1", "k2", "k0"]] * 2


def test_fewer_keys_than_asked_for_are_all_given():
    keys = np.array([[1, 0], [0, 1]], np.float32)
    found = nearest_keys(samples(keys, "q"), samples(keys, "k"), 5)
    assert keys_of(found) == [["k0", "k1"], ["k1", "k0"]]


def test_a_query_is_never_its_own_key(caplog):
    """Neither by its processid nor by its barcode; samples without one are none of the same."""
    matrix = np.array([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], np.float32)
    both = samples(matrix, "x", barcodes=["ACGT", "ACGT", None, None])
    assert keys_of(nearest_keys(both, both, 3)) == [
        ["x2", "x3"],
        ["x2", "x3"],
        ["x0", "x1", "x3"],
        ["x2", "x0", "x1"],
    ]
    assert "x: 4 of 4 queries are of a specimen or barcode that is a key too" in caplog.text


def test_queries_apart_from_all_keys_are_no_warning(caplog):
    matrix = np.eye(2, dtype=np.float32)
    queries = samples(matrix, "q", barcodes=["A", None])
    nearest_keys(queries, samples(matrix, "k", barcodes=["C", None]), 1)
    assert not caplog.records


def test_a_query_that_shares_its_barcode_with_most_keys_has_the_others():
    rng = np.random.default_rng(2)
    keys = rng.standard_normal((80, 4)).astype(np.float32) * 0.01 + [1, 0, 0, 0]
    keys[-1] = [-1, 0, 0, 0]
    of = samples(keys, "k", barcodes=["A"] * 79 + ["C"])
    query = samples(np.array([[1, 0, 0, 0]], np.float32), "q", barcodes=["A"])
    assert keys_of(nearest_keys(query, of, 2)) == [["k79"]]


def test_zero_embeddings_are_similar_to_none():
    keys = np.array([[0, 0], [-1, 0], [1, 0]], np.float32)
    found = nearest_keys(samples(keys[2:], "q"), samples(keys, "k"), 3)
    assert keys_of(found) == [["k2", "k0", "k1"]]
    assert found["similarity"].to_list() == [1, 0, -1]


def test_without_queries_or_keys_there_is_no_answer():
    matrix, none = np.ones((2, 3), np.float32), np.ones((0, 3), np.float32)
    for queries, keys in ((matrix, none), (none, matrix)):
        found = nearest_keys(samples(queries, "q"), samples(keys, "k"), 2)
        assert found.schema == NEAREST_SCHEMA
        assert found.is_empty()


def test_embeddings_that_are_no_numbers_are_refused():
    keys = np.ones((5, 2), np.float32)
    keys[3, 1] = np.nan
    message = "k: the embedding in row 3 has values that are no finite numbers; make the embeddings"
    with pytest.raises(InputError, match=message):
        nearest_keys(samples(keys[:2], "q"), samples(keys, "k"), 1, key_block=2)
    with pytest.raises(InputError, match="k: the embedding in row 3"):
        nearest_keys(samples(keys, "k"), samples(keys[:2], "q"), 1)


def test_dimensions_that_differ_are_refused():
    queries, keys = samples(np.ones((1, 2)), "q.npy"), samples(np.ones((1, 3)), "k.npy")
    with pytest.raises(InputError, match=r"q.npy: embeddings of 2 dimensions, but those of k.npy"):
        nearest_keys(queries, keys, 1)


class Watched:
    """A matrix that notes how many of its rows are read at a time."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix, self.shape, self.most = matrix, matrix.shape, 0

    def __len__(self) -> int:
        return len(self.matrix)

    def __getitem__(self, rows) -> np.ndarray:
        found = self.matrix[rows]
        self.most = max(self.most, len(found))
        return found


def test_no_more_than_a_block_of_queries_and_keys_is_read_at_a_time():
    rng = np.random.default_rng(3)
    queries, keys = (Watched(rng.standard_normal((n, 8)).astype(np.float16)) for n in (50, 5000))
    found = nearest_keys(samples(queries, "q"), samples(keys, "k"), 2, 10, 200)
    assert keys_of(found) == brute_force(queries.matrix, keys.matrix, 2)
    assert (queries.most, keys.most) == (10, 200)
