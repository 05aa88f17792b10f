"""The inputs of a split."""

import polars as pl

from bioscan.embed.samples import barcodes_of, images_of, texts_of

LONG, SHORT = "ACGT" * 5, "ACGTAC"

RECORDS = pl.DataFrame(
    {
        "processid": ["a", "b", "c", "d", "e", "f", "g"],
        "split": ["test", "test", "test", "test", "test", "train", None],
        "dna_barcode": [SHORT, LONG, f"{SHORT.lower()}NNN", None, "NNNN", LONG, "ACCC"],
    }
).lazy()


def test_each_distinct_barcode_is_embedded_once_the_longest_first():
    found = barcodes_of(RECORDS, "test")
    assert found.inputs["sequence"].to_list() == [LONG, SHORT]
    assert dict(found.rows.iter_rows()) == {"b": 0, "a": 1, "c": 1}


def test_samples_without_a_barcode_are_counted():
    """One has none, and one has N alone."""
    assert barcodes_of(RECORDS, "test").without == 2


def test_all_are_the_records_of_every_split_and_of_none():
    assert set(barcodes_of(RECORDS, "all").rows["processid"]) == {"a", "b", "c", "f", "g"}


def test_a_split_without_samples_has_no_inputs():
    for found in (barcodes_of(RECORDS, "val"), images_of(RECORDS, INDEX, "val")):
        assert (len(found.inputs), len(found.rows), found.without) == (0, 0, 0)


INDEX = pl.DataFrame(
    {"processid": ["c", "a", "f", "b"], "shard": [0, 1, 0, 0], "row": [2, 0, 1, 0]}
)


def test_images_are_embedded_in_the_order_of_the_packs_and_samples_without_are_counted():
    found = images_of(RECORDS, INDEX, "test")
    assert found.inputs.rows() == [(0, 0), (0, 2), (1, 0)]
    assert found.rows.rows() == [("b", 0), ("c", 1), ("a", 2)]
    assert found.without == 2


def test_each_distinct_text_is_embedded_once_and_samples_without_labels_are_counted():
    records = pl.DataFrame(
        {
            "processid": ["a", "b", "c", "d"],
            "split": ["test", "test", "test", "train"],
            "order": ["Diptera", None, "Diptera", "Diptera"],
            "family": ["Sciaridae", None, "Sciaridae", None],
            "genus": pl.Series([None] * 4, dtype=pl.String),
            "species": pl.Series([None] * 4, dtype=pl.String),
        }
    ).lazy()
    found = texts_of(records, "test", "left_out")
    assert found.inputs["text"].to_list() == ["Diptera Sciaridae"]
    assert (found.rows.rows(), found.without) == ([("a", 0), ("c", 0)], 1)
    assert texts_of(records, "test", "not_classified").without == 0
