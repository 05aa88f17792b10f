"""Barcodes are compared as written, or without the unread letters at their ends; not if short."""

import polars as pl
import pytest

from bioscan.core.barcodes import barcode_key

BARCODES = pl.DataFrame(
    {"dna_barcode": ["ACGT", "NNACGTN", "ANGT", "", "NNN", None]}, schema={"dna_barcode": pl.String}
)


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("stripped", ["ACGT", "ACGT", "ANGT", None, None, None]),
        ("written", ["ACGT", "NNACGTN", "ANGT", None, "NNN", None]),
    ],
)
def test_unread_ends_count_only_as_written(kind: str, keys: list[str | None]):
    assert BARCODES.select(barcode_key(kind))["barcode_key"].to_list() == keys


def test_gaps_at_the_ends_are_as_unread_letters_and_those_within_are_not():
    barcodes = pl.DataFrame({"dna_barcode": ["--ACGT-N", "AC-GT", "-N-"]})
    assert barcodes.select(barcode_key())["barcode_key"].to_list() == ["ACGT", "AC-GT", None]


@pytest.mark.parametrize("kind", ["stripped", "written"])
def test_a_barcode_with_too_few_letters_is_no_key(kind: str):
    barcodes = pl.DataFrame({"dna_barcode": ["ACGT", "ACGNNNN", "ARRGRT", "NA", None]})
    keys = barcodes.select(barcode_key(kind, min_letters=4))["barcode_key"].to_list()
    assert keys == ["ACGT", None, None, None, None]


def test_ends_are_stripped_by_default():
    stripped, default = (BARCODES.select(key) for key in (barcode_key("stripped"), barcode_key()))
    assert stripped.equals(default)
