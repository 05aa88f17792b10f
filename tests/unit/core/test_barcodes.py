"""Barcodes are compared as written, or without the unread letters at their ends."""

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


def test_ends_are_stripped_by_default():
    stripped, default = (BARCODES.select(key) for key in (barcode_key("stripped"), barcode_key()))
    assert stripped.equals(default)
