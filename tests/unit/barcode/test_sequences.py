"""Distinct barcodes of the splits."""

import polars as pl
import pytest

from bioscan.barcode.sequences import (
    count_sequences,
    of_splits,
    select_sequences,
    trim_barcodes,
)
from bioscan.core.records import RANKS

A, B, C = "ACGT" * 50, "GGCA" * 50, "TTAC" * 50


def barcodes(*rows: tuple[str, str | None, str, str | None]) -> pl.DataFrame:
    """Trimmed barcodes of records of (processid, barcode, split, species)."""
    records = pl.DataFrame(
        [
            {
                "processid": processid,
                "dna_barcode": barcode,
                "split": split,
                **dict.fromkeys(RANKS),
                "species": species,
                "genus": species and species.split()[0],
                "dna_bin": None,
            }
            for processid, barcode, split, species in rows
        ],
        infer_schema_length=None,
        schema_overrides={**dict.fromkeys(RANKS, pl.String), "dna_bin": pl.String},
    )
    return trim_barcodes(records.lazy())


ROWS = (
    ("P1", A, "train", "Aus bus"),
    ("P2", A + "NN", "train", "Aus bus"),  # trailing N are no difference
    ("P3", B, "pretrain", None),
    ("P4", B, "other_heldout", None),
    ("P5", "N" + C, "train", "Aus cus"),  # leading N are kept
    ("P6", C, "train", "Aus cus"),
    ("P7", None, "train", "Aus cus"),
    ("P8", "NNNN", "test", "Aus bus"),
    ("P9", A, "test", "Aus bus"),
)


def test_each_split_keeps_the_first_record_of_each_barcode():
    table = select_sequences(barcodes(*ROWS), "by_split")
    assert table.select("processid", "split", "samples").rows() == [
        ("P1", "train", 2),
        ("P3", "pretrain", 1),
        ("P4", "other_heldout", 1),
        ("P5", "train", 1),
        ("P6", "train", 1),
        ("P9", "test", 1),
    ]
    assert table["sequence"][0] == A
    assert table["sequence"][3] == "N" + C


def test_over_the_whole_table_the_first_record_keeps_a_barcode_for_its_split():
    table = select_sequences(barcodes(*ROWS), "whole_table")
    assert table["processid"].to_list() == ["P1", "P3", "P5", "P6"]
    assert table["samples"].to_list() == [3, 2, 1, 1]
    turned = select_sequences(barcodes(*reversed(ROWS)), "whole_table")
    assert turned.filter(sequence=A)["split"].to_list() == ["test"]


def test_the_sets_are_counted():
    rows = barcodes(*ROWS)
    pretraining = ["pretrain", "other_heldout"]
    table = count_sequences(rows, select_sequences(rows, "by_split"), pretraining)
    assert (
        dict(table.select("set", "splits").iter_rows())["pretraining"] == "pretrain, other_heldout"
    )
    counts = {row[0]: row[2:] for row in table.iter_rows()}
    # records, without a barcode, sequences, species, genera
    assert counts["train"] == (5, 1, 3, 2, 1)
    assert counts["test"] == (2, 1, 1, 1, 1)
    # Both splits have the same barcode: it is pretrained on once.
    assert counts["pretraining"] == (2, 0, 1, 0, 0)
    assert counts["val_unseen"] == (0, 0, 0, 0, 0)


def test_other_splits_may_be_pretrained_on():
    rows = barcodes(*ROWS)
    table = count_sequences(rows, select_sequences(rows, "by_split"), ["train", "test"])
    # Both have the first barcode.
    assert table.filter(set="pretraining").row(0)[1:] == ("train, test", 7, 2, 3, 2, 1)


def test_a_split_that_does_not_exist_is_no_split():
    table = select_sequences(barcodes(*ROWS), "by_split")
    with pytest.raises(AssertionError):
        of_splits(table, ("validation",))
