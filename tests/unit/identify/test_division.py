"""Queries of small libraries of references."""

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.identify.division import divided


def library(*sizes: int, split: str = "train") -> pl.DataFrame:
    """As many barcodes of each species as stated, and one without a species."""
    species = [f"S{number}" for number, size in enumerate(sizes) for _ in range(size)] + [None]
    names = [f"r{number}" for number in range(len(species))]
    return pl.DataFrame({"processid": names, "split": split, "species": species})


def test_a_library_with_queries_stays():
    table = pl.concat([library(3), library(2, split="val")])
    assert divided(table).equals(table)


def test_each_species_of_two_has_a_reference_and_a_query(caplog):
    found = divided(library(2, 5, 1, 1, 1, 1))
    assert found["processid"].to_list() == [f"r{number}" for number in range(12)]
    splits = {name: part["split"].to_list() for (name,), part in found.group_by("species")}
    assert sorted(splits["S0"]) == ["train", "val"]
    assert sorted(splits["S1"]) == ["test", "train", "train", "val", "val"]
    assert splits[None] == ["train"]
    # Of four species with one barcode, one is unseen.
    single = [splits[f"S{number}"][0] for number in range(2, 6)]
    assert sorted(single) == ["train", "train", "train", "val_unseen"]
    assert "5 of their 12 barcodes are queries" in caplog.text


def test_references_that_are_all_queries_are_divided_too():
    assert {"train", "val"} <= set(divided(library(4, split="val"))["split"])


def test_species_of_one_barcode_alone_are_refused():
    with pytest.raises(InputError, match="3 barcodes have a species, and none of the 3 species"):
        divided(library(1, 1, 1))
