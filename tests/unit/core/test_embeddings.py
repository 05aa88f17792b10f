"""Embeddings are read with the rows of their samples."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.core.embeddings import ROWS_SCHEMA, read_embeddings, unit
from bioscan.core.errors import InputError


def written(folder: Path, rows: list[int], matrix: np.ndarray) -> Path:
    path = folder / "test.npy"
    np.save(path, matrix)
    ids = [f"A{number}" for number in range(len(rows))]
    table = pl.DataFrame({"processid": ids, "row": rows}, schema=ROWS_SCHEMA)
    table.write_parquet(folder / "test.parquet")
    return path


def test_samples_may_share_an_embedding(tmp_path: Path):
    values = np.arange(6, dtype=np.float16).reshape(2, 3)
    matrix, rows = read_embeddings(written(tmp_path, [0, 1, 1], values))
    assert isinstance(matrix, np.memmap)
    assert matrix[rows["row"].to_numpy()].tolist() == [[0, 1, 2], [3, 4, 5], [3, 4, 5]]
    assert rows["processid"].to_list() == ["A0", "A1", "A2"]


def test_a_split_may_be_empty(tmp_path: Path):
    matrix, rows = read_embeddings(written(tmp_path, [], np.zeros((0, 3), np.float32)))
    assert (matrix.shape, len(rows)) == ((0, 3), 0)


def test_a_matrix_of_other_samples_is_one_clear_line(tmp_path: Path):
    path = written(tmp_path, [0, 1], np.zeros((3, 2), np.float32))
    with pytest.raises(InputError) as error:
        read_embeddings(path)
    assert str(error.value) == (
        f"{path}: (3, 2) values are not those of 2 inputs in test.parquet; make both again"
    )


@pytest.mark.parametrize("damage", ["short", "text", "gone"])
def test_a_damaged_matrix_is_one_clear_line(tmp_path: Path, damage: str):
    path = written(tmp_path, [0], np.zeros((1, 2), np.float32))
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:130] if damage == "short" else b"no matrix")
    with pytest.raises(InputError) as error:
        read_embeddings(path)
    assert str(error.value).startswith(f"{path}: not embeddings (")
    assert "\n" not in str(error.value)


def test_vectors_get_length_1_but_for_zero_vectors():
    found = unit(np.array([[3, 4], [0, 0]], np.float16))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0]], atol=1e-6)
