"""The vectors of samples, alone and in pairs."""

import logging
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.cluster.vectors import (
    describe_specimens,
    of_splits,
    parts_of,
    read_vectors,
    require_different,
    standardised,
)
from bioscan.core.errors import InputError
from tests.unit.cluster.clouds import embedded, labelled

HOW = "zscore", "joint"


def test_identical_vectors_of_all_splits_are_taken_together(tmp_path: Path):
    first = embedded(tmp_path / "k/test.npy", np.eye(2), ["B", "A", "C"], [0, 1, 1])
    other = embedded(tmp_path / "k/test_unseen.npy", np.array([[0.0, 1.0], [5, 5]]), ["E", "D"])
    found = read_vectors([[first, other]], *HOW)
    assert found.samples.rows() == [
        ("A", "test", 0),
        ("B", "test", 1),
        ("C", "test", 0),
        ("D", "test_unseen", 2),
        ("E", "test_unseen", 0),
    ]
    assert found.distinct.tolist() == [[0, 1], [1, 0], [5, 5]]


def test_a_pair_joins_the_samples_that_have_both(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    image = embedded(tmp_path / "i/all.npy", np.array([[1.0], [2], [3]]), ["A", "B", "C"])
    dna = embedded(
        tmp_path / "d/all.npy", np.array([[10.0, 0], [30, 4]]), ["B", "C", "X"], [0, 1, 1]
    )
    found = read_vectors([[image], [dna]], *HOW)
    assert found.samples["processid"].to_list() == ["B", "C"]
    assert np.allclose(found.distinct, [[-1, -1, -1], [1, 1, 1]])
    assert caplog.messages == [
        "i+d: 1 samples of 'i' are left out, as the other embedding has none of them",
        "i+d: 1 samples of 'd' are left out, as the other embedding has none of them",
    ]
    # Others are scaled as these were.
    more = embedded(tmp_path / "i/val.npy", np.array([[4.5]]), ["V"])
    same = embedded(tmp_path / "d/val.npy", np.array([[20.0, 2]]), ["V"])
    other = read_vectors([[more], [same]], *HOW, found.scales)
    assert np.allclose(other.distinct, [[4, 0, 0]])


def test_ways_to_standardise():
    values = np.array([[1.0, 10], [3, 50]])
    found = standardised(values, "zscore", None, "k")[0]
    assert np.allclose(found, [[-1, -1], [1, 1]])
    found = standardised(values, "average_zscore", None, "k")[0]
    assert np.allclose(found, np.array([[-1, -20], [1, 20]]) / 10.5)
    found = standardised(np.array([[3.0, 4]]), "l2", None, "k")[0]
    assert np.allclose(found, [[0.6, 0.8]])
    splits = np.array(["test", "test", "test_unseen", "test_unseen"])
    found, scale = standardised(np.array([[1.0], [3], [10], [30]]), "zscore", splits, "k")
    assert np.allclose(found.ravel(), [-1, 1, -1, 1])
    assert scale is None


def test_a_column_without_variance_becomes_0_and_is_counted(caplog: pytest.LogCaptureFixture):
    values = np.array([[0.1, 1], [0.1, 2], [0.1, 3]])
    assert (standardised(values, "zscore", None, "k")[0][:, 0] == 0).all()
    assert caplog.messages == ["k: 1 of 2 columns have no variance and become 0 (0)"]


def test_embeddings_of_length_0_are_counted(caplog: pytest.LogCaptureFixture):
    assert (standardised(np.zeros((1, 3)), "l2", None, "k")[0] == 0).all()
    assert caplog.messages == ["k: 1 embeddings have length 0 and stay as they are"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_one_clear_line(tmp_path: Path, value: float):
    path = embedded(tmp_path / "k/test.npy", np.array([[1.0, 2], [value, 3]]), ["A", "B"])
    with pytest.raises(InputError) as error:
        read_vectors([[path]], *HOW)
    assert str(error.value) == (
        f"{path}: 1 of 2 embeddings have NaN or infinite values; expected numbers, check the "
        "encoder and its weights"
    )


def refused(*parts: list[Path]) -> str:
    with pytest.raises(InputError) as error:
        require_different(read_vectors(parts, *HOW), parts)
    return str(error.value)


def test_embeddings_that_are_all_the_same_are_one_clear_line(tmp_path: Path):
    path = embedded(tmp_path / "k/test.npy", np.ones((3, 2)), ["A", "B", "C"])
    assert refused([path]) == (
        f"{tmp_path}/k: the embeddings of all 3 samples are the same; expected vectors "
        "that differ, check the encoder and its weights"
    )
    other = embedded(tmp_path / "d/test.npy", np.eye(3), ["A", "B", "C"])
    with pytest.raises(InputError) as error:
        read_vectors([[path], [other]], *HOW)
    assert str(error.value) == (
        "k: the embeddings of all 3 samples are the same, so they cannot be standardised; check "
        "the encoder and its weights"
    )


def test_a_split_that_has_no_statistics_is_one_clear_line():
    values, splits = np.array([[1.0], [3], [10]]), np.array(["test", "test", "test_unseen"])
    with pytest.raises(InputError) as error:
        standardised(values, "zscore", splits, "k")
    assert str(error.value) == (
        "k: the split 'test_unseen' has 1 sample, of which there is no standard deviation; "
        "expected two or more, or set cluster.statistics to joint"
    )
    splits = np.array(["test", "test_unseen", "test_unseen"])
    values = np.array([[1.0], [3], [3]])
    with pytest.raises(InputError, match="k: the split 'test' has 1 sample"):
        standardised(values, "average_zscore", splits, "k")
    splits = np.array(["test", "test_unseen", "test_unseen"])[::-1]
    with pytest.raises(InputError, match="k, split 'test_unseen': the embeddings of all 2 samples"):
        standardised(values[::-1], "zscore", splits, "k")
    assert np.allclose(standardised(values, "zscore", None, "k")[0].mean(), 0)


def test_vectors_of_some_splits_are_those_that_the_records_have_in_them(tmp_path: Path):
    path = embedded(
        tmp_path / "k/all.npy", np.array([[1.0], [2], [3]]), ["D", "A", "B", "C"], [0, 1, 1, 2]
    )
    records = labelled(
        {"processid": ["A", "B", "C", "D"], "split": ["train", "val", None, "val_unseen"]}
    )
    whole = read_vectors([[path]], *HOW)
    found = of_splits(whole, records.lazy(), ["val", "val_unseen"])
    assert found.samples.rows() == [("B", "all", 0), ("D", "all", 1)]
    assert found.distinct.tolist() == [[2], [1]]
    assert of_splits(whole, records.lazy(), ["test"]).samples.is_empty()


def test_embeddings_of_other_samples_are_one_clear_line(tmp_path: Path):
    image = embedded(tmp_path / "i/all.npy", np.eye(2), ["A", "B"])
    dna = embedded(tmp_path / "d/all.npy", np.eye(2), ["X", "Y"])
    assert refused([image], [dna]) == (
        f"{tmp_path}/i: the embeddings of i and d have no sample in common ('i' has 'A', 'd' has "
        "'X'); expected some with the same processid"
    )


def test_no_samples_at_all_are_one_clear_line(tmp_path: Path):
    path = embedded(tmp_path / "k/all.npy", np.zeros((0, 3)), [])
    assert refused([path]) == (
        f"{tmp_path}/k: no sample has an embedding in all.npy; expected two or more"
    )


def test_splits_of_other_dimensions_are_one_clear_line(tmp_path: Path):
    first = embedded(tmp_path / "k/test.npy", np.eye(2), ["A", "B"])
    other = embedded(tmp_path / "k/test_unseen.npy", np.eye(3), ["C", "D", "E"])
    with pytest.raises(InputError) as error:
        read_vectors([[first, other]], *HOW)
    assert str(error.value) == (
        f"{tmp_path}/k: the splits have 2 and 3 dimensions, expected one number; make them again"
    )


def test_specimens_have_labels_and_say_whether_their_species_is_known():
    records = labelled(
        {
            "processid": ["A", "B", "C", "D", "K"],
            "split": ["test", "test_unseen", "test_unseen", "test", "train"],
            "species": ["Aa aa", "Bb bb", None, "Aa aa", "Aa aa"],
            "dna_barcode": ["ACGT", "ACGTN", None, "TTTT", "GGGG"],
        }
    )
    samples = pl.DataFrame(
        {"processid": ["A", "B", "C", "D"], "split": ["test"] * 4, "row": [0, 1, 1, 2]}
    )
    found = describe_specimens(samples, records.lazy(), keys=True)
    assert found["seen"].to_list() == [True, False, None, True]
    # B has the barcode of A; C has none.
    assert found["representative"].to_list() == [True, False, False, True]
    assert describe_specimens(samples, records.lazy(), keys=False)["seen"].null_count() == 4
    # Where no specimen is a key, none can be said to be seen or not.
    bare = records.filter(pl.col("split") != "train").lazy()
    assert describe_specimens(samples, bare, keys=True)["seen"].null_count() == 4


def test_the_split_of_a_specimen_is_that_of_its_record_where_it_has_one():
    records = labelled({"processid": ["A", "B"], "split": ["test", None]})
    samples = pl.DataFrame({"processid": ["A", "B"], "split": ["all", "all"], "row": [0, 1]})
    for keys, splits in ((True, ["test", "all"]), (False, ["all", "all"])):
        found = describe_specimens(samples, records.lazy(), keys=keys)
        assert found["split"].to_list() == splits


def test_files_are_grouped_by_embedding():
    paths = [Path("i/test.npy"), Path("i/val.npy"), Path("d/test.npy")]
    assert parts_of(paths) == [paths[:2], paths[2:]]


def test_warnings_are_of_the_library(caplog: pytest.LogCaptureFixture):
    standardised(np.array([[0.0, 1], [0, 2]]), "zscore", None, "k")
    assert [record.name for record in caplog.records] == ["bioscan.cluster"]
    assert caplog.records[0].levelno == logging.WARNING
