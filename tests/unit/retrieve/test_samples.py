"""Training sets, and what they share with test queries."""

import zipfile

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.retrieve.samples import leave_out_shared, read_partitioning, select_pairs

RECORDS = pl.DataFrame(
    {
        "processid": ["a", "b", "c", "d", "e", "f"],
        "sampleid": ["S1", "S2", "S3", "S4", "S5", "S6"],
        "split": ["pretrain", "train", "train", "train", "test", "test_unseen"],
        "dna_barcode": ["ACGTNN", "AAAA", None, "NNN", "ACGT", "TTTT"],
        "order": ["Diptera", "Diptera", "Diptera", "Diptera", None, None],
        "family": [None] * 6,
        "genus": [None] * 6,
        "species": [None] * 6,
        "dna_bin": ["BOLD:1", None, None, None, None, None],
        "index_bioscan_1M_insect": [None, None, None, None, 7, None],
    },
    schema_overrides={"family": pl.String, "genus": pl.String, "species": pl.String},
).lazy()
INDEX = pl.DataFrame({"processid": ["d", "b", "e"], "shard": [0, 0, 1], "row": [1, 0, 0]})


def test_samples_have_two_modalities_and_what_others_lack_is_counted():
    found, counts = select_pairs(RECORDS, INDEX, ["pretrain", "train"])
    # c has a label alone; d has an image and a label.
    assert found["processid"].to_list() == ["b", "d", "a"]
    assert found["sequence"].to_list() == ["AAAA", None, "ACGT"]
    assert dict(counts) == {
        "records of the training set": 4,
        "without image": 2,
        "without barcode": 2,
        "without label": 0,
        "left out: not two of image, barcode and label": 1,
    }


def test_all_are_the_records_of_every_split():
    assert select_pairs(RECORDS, INDEX, ["all"])[0].height == 4


def test_a_partitioning_lists_the_samples_itself():
    found, counts = select_pairs(RECORDS, INDEX, ["no_split"], ["S1", "S2", "S99"])
    assert found["processid"].to_list() == ["b", "a"]
    assert dict(counts)["listed, but not among the records"] == 1


def test_specimens_and_barcodes_of_test_queries_are_left_out_and_counted():
    pairs, _ = select_pairs(RECORDS, INDEX, ["all"])
    found, counts = leave_out_shared(pairs, RECORDS, keep=False)
    # e is a test query itself, and a has its barcode.
    assert found["processid"].to_list() == ["b", "d"]
    assert dict(counts) == {
        "specimens of test queries": 1,
        "barcodes of test queries": 2,
        "left out: specimens or barcodes of test queries": 2,
        "test queries that are in BIOSCAN-1M by their index there": 1,
    }


def test_they_may_be_counted_only():
    pairs, _ = select_pairs(RECORDS, INDEX, ["all"])
    found, counts = leave_out_shared(pairs, RECORDS, keep=True)
    assert found.equals(pairs)
    assert dict(counts)["kept: specimens or barcodes of test queries"] == 2


@pytest.fixture
def partitioning(tmp_path):
    path = tmp_path / "CLIBD_partitioning.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("CLIBD_partitioning/no_split.txt", "S1\nS2\r\n\n")
        archive.writestr("CLIBD_partitioning/train_seen.txt", "S3\n")
    return path


def test_the_lists_of_a_partitioning_are_joined(partitioning):
    assert read_partitioning(partitioning, ["no_split", "train_seen"]) == ["S1", "S2", "S3"]


def test_a_list_that_is_not_there_is_named(partitioning):
    with pytest.raises(InputError, match="no list 'seen', expected one of: no_split, train_seen"):
        read_partitioning(partitioning, ["seen"])


@pytest.mark.parametrize("content", [None, b"no zip"])
def test_a_file_that_is_no_partitioning_is_refused(tmp_path, content):
    path = tmp_path / "lists.zip"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"lists.zip: not a partitioning \(.+\); fetch it again"):
        read_partitioning(path, ["no_split"])
