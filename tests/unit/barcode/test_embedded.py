"""Embeddings of keys and queries."""

import numpy as np
import polars as pl

from bioscan.barcode.embedded import read_embedded
from bioscan.core.embeddings import ROWS_SCHEMA


def write(folder, split: str, matrix: list[list[float]], rows: dict[str, int]) -> None:
    np.save(folder / f"{split}.npy", np.array(matrix, np.float32))
    table = pl.DataFrame({"processid": list(rows), "row": list(rows.values())}, ROWS_SCHEMA)
    table.write_parquet(folder / f"{split}.parquet")


def test_each_distinct_barcode_gets_the_embedding_of_its_first_record(tmp_path):
    sequences = pl.DataFrame(
        {"processid": ["K2", "Q1", "K1", "U1"], "split": ["train", "test", "train", "test_unseen"]}
    )
    sequences.write_parquet(tmp_path / "sequences.parquet")
    # Rows are in another order, and K3 shares the barcode of K1.
    write(tmp_path, "train", [[1, 1], [2, 2]], {"K1": 0, "K3": 0, "K2": 1})
    write(tmp_path, "test", [[3, 3]], {"Q1": 0})
    write(tmp_path, "test_unseen", [[4, 4]], {"U1": 0})
    splits = ("train", "test_unseen", "test")
    paths = {split: tmp_path / f"{split}.npy" for split in splits}
    found = read_embedded(tmp_path / "sequences.parquet", paths)
    assert found.keys["processid"].to_list() == ["K2", "K1"]
    assert found.key_embeddings[:, 0].tolist() == [2, 1]
    assert found.queries["processid"].to_list() == ["U1", "Q1"]
    assert found.query_embeddings[:, 0].tolist() == [4, 3]
