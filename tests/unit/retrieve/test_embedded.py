"""Queries and keys."""

import logging
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.core.embeddings import ROWS_SCHEMA
from bioscan.core.nearest import Samples
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.embedded import chosen, in_one_space, read_records, read_side

#: processid, split, barcode.
SPECIMENS = [
    ("d", "train", "ACGTNN"),
    ("c", "train", "ACGT"),
    ("b", "train", None),
    ("a", "key_unseen", "TTTT"),
    ("q", "test", "GGGG"),
]


@pytest.fixture
def records(tmp_path: Path) -> pl.DataFrame:
    table = pl.DataFrame(SPECIMENS, ["processid", "split", "dna_barcode"], orient="row")
    table = table.with_columns(pl.lit("x").alias(rank) for rank in TEXT_RANKS)
    table.write_parquet(tmp_path / "partitioned.parquet")
    return read_records(tmp_path / "partitioned.parquet", ["train", "key_unseen"])


def embed(folder: Path, rows: dict[str, int], matrix: list[list[float]]) -> Path:
    folder.mkdir()
    path = folder / "labelled.npy"
    np.save(path, np.array(matrix, np.float16))
    table = pl.DataFrame({"processid": list(rows), "row": list(rows.values())}, ROWS_SCHEMA)
    table.write_parquet(path.with_suffix(".parquet"))
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {
        "dna": embed(tmp_path / "dna", {"c": 0, "d": 0, "q": 1, "a": 2}, [[2, 0], [9, 9], [0, 1]]),
        "image": embed(tmp_path / "image", {"b": 0, "c": 1, "a": 2}, [[1, 0], [0, 5], [0, 1]]),
        "text": embed(tmp_path / "text", {"b": 0, "c": 0, "d": 0, "a": 1}, [[1, 0], [0, 1]]),
    }


def test_samples_come_in_the_order_of_the_records_with_their_rows(records, files):
    """The row of the query, which is none of the records, is left out."""
    found = read_side("dna", files, records)
    assert found.table.rows() == [("d", 0, "ACGT"), ("c", 0, "ACGT"), ("a", 1, "TTTT")]
    assert found.matrix.tolist() == [[2, 0], [0, 1]]


def test_samples_that_lack_what_is_compared_are_counted(records, files, caplog):
    with caplog.at_level(logging.WARNING):
        for side in ("dna", "joint", "text"):
            read_side(side, files, records)
    assert caplog.messages == [
        "train, key_unseen: not compared, as they have no barcode: 1",
        "train, key_unseen: not compared, as they have no image, barcode or both: 2",
    ]


def test_of_the_specimens_of_a_text_the_first_one_stands_for_all(records, files):
    assert read_side("text", files, records).table.rows() == [("d", 0, None), ("a", 1, None)]


def test_a_joint_key_is_the_mean_of_both_unit_vectors(records, files):
    found = read_side("joint", files, records)
    assert found.table.rows() == [("c", 0, "ACGT"), ("a", 1, "TTTT")]
    # (0, 5) and (2, 0), whatever their lengths.
    assert found.matrix.tolist() == [[0.5, 0.5], [0, 1]]


def test_records_without_any_embedding_have_no_sample(records, files):
    none = read_side("dna", files, records.filter(processid="b"))
    assert (none.table.height, none.matrix.shape) == (0, (0, 2))


def test_encoders_of_other_dimensions_are_projected_at_random_and_said_to_be(caplog):
    rng = np.random.default_rng(0)
    table = pl.DataFrame({"processid": ["a"], "row": [0], "barcode": [None]})
    large = Samples(table, rng.standard_normal((50, 40)), "large")
    small = Samples(table, rng.standard_normal((3, 20)), "small")
    found, other = in_one_space(large, small)
    assert other is small
    assert "large and small have 40 and 20 dimensions" in caplog.text
    assert found.matrix.shape == (50, 20)
    # Neighbours stay neighbours, roughly: lengths are those of unit vectors.
    assert np.linalg.norm(found.matrix, axis=1).mean() == pytest.approx(1, abs=0.1)
    assert in_one_space(small, small) == (small, small)


def test_samples_are_chosen_in_an_order(records, files):
    found = chosen(read_side("dna", files, records), pl.Series(["a", "d", "c"]))
    assert found.table.rows() == [("a", 0, "TTTT"), ("d", 1, "ACGT"), ("c", 2, "ACGT")]
    assert found.matrix.tolist() == [[0, 1], [2, 0], [2, 0]]
