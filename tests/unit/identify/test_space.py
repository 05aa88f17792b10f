"""References in the space of a model."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.embeddings import ROWS_SCHEMA
from bioscan.core.records import RANKS
from bioscan.identify.space import compare, read_labels, read_samples, read_whole_barcodes

LABELS = pl.DataFrame(
    [("a", "train", "Aus bus"), ("b", "train", "Xus yus"), ("c", "val", "Aus bus")],
    ["processid", "split", "species"],
    orient="row",
).with_columns(pl.lit(None, pl.String).alias(rank) for rank in RANKS[:-1])


@pytest.fixture
def matrix(tmp_path):
    """Two near vectors of one species, and one apart; a and d share a row."""
    np.save(tmp_path / "all.npy", np.array([[1, 0], [0, 1], [0.98, 0.2]], np.float32))
    rows = {"processid": ["a", "d", "b", "c"], "row": [0, 0, 1, 2]}
    pl.DataFrame(rows, ROWS_SCHEMA).write_parquet(tmp_path / "all.parquet")
    return tmp_path / "all.npy"


def test_the_nearest_references_say_the_species(matrix):
    keys = read_samples(matrix, LABELS.filter(split="train"))
    queries = read_samples(matrix, LABELS.filter(split="val"))
    evidence, hits = compare(queries, keys, LABELS)
    species = evidence.row(0, named=True)
    assert (species["query"], species["label"], species["key"]) == ("c", "Aus bus", "a")
    cosine = 0.98 / np.hypot(0.98, 0.2)
    assert species["distance"] == pytest.approx(1 - cosine, abs=1e-5)
    assert hits["key"].to_list() == ["a", "b"]


def test_samples_are_the_records_that_have_an_embedding(matrix):
    names = pl.DataFrame({"processid": ["d", "none", "c"]})
    found = read_samples(matrix, names)
    assert found.table["processid"].to_list() == ["d", "c"]
    assert found.matrix.shape == (2, 2)


def test_labels_are_read_from_records(tmp_path):
    LABELS.with_columns(other=pl.lit(1)).write_parquet(tmp_path / "records.parquet")
    assert read_labels(tmp_path / "records.parquet").columns == ["processid", "split", *RANKS]


def test_whole_barcodes_alone_are_compared(tmp_path):
    whole = "ACGT" * 160
    given = {"whole": whole, "short": whole[:300], "mixed": whole.replace("A", "R"), "none": None}
    path = tmp_path / "records.parquet"
    pl.DataFrame({"processid": list(given), "dna_barcode": list(given.values())}).write_parquet(
        path
    )
    assert read_whole_barcodes(path)["processid"].to_list() == ["whole"]
