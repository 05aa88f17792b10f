"""The columns of the canonical record are the published ones."""

from pathlib import Path

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.records import (
    BIOSCAN5M_SCHEMA,
    COPYRIGHT,
    EXPERIMENTS,
    RANKS,
    SCHEMA,
    most_specific_taxon,
    require_columns,
)


def test_the_columns_of_5m_are_the_published_ones_in_order():
    assert " ".join(BIOSCAN5M_SCHEMA) == (
        "processid sampleid taxon phylum class order family subfamily genus species dna_bin "
        "dna_barcode country province_state coord-lat coord-lon image_measurement_value "
        "area_fraction scale_factor inferred_ranks split index_bioscan_1M_insect chunk"
    )


def test_the_experiments_of_1m_are_the_published_ones():
    assert set(EXPERIMENTS) == {
        "large_diptera_family", "medium_diptera_family", "small_diptera_family",
        "large_insect_order", "medium_insect_order", "small_insect_order",
    }  # fmt: skip


def test_the_canonical_record_is_5m_and_the_fields_that_only_1m_has():
    only_1m = {"tribe", "subspecies", "image_file", "image_part", *EXPERIMENTS, *COPYRIGHT}
    assert list(SCHEMA)[: len(BIOSCAN5M_SCHEMA)] == list(BIOSCAN5M_SCHEMA)
    assert set(SCHEMA) - set(BIOSCAN5M_SCHEMA) == only_1m


def test_codes_that_look_like_numbers_are_text():
    assert SCHEMA["chunk"] == pl.String()
    assert SCHEMA["index_bioscan_1M_insect"] == pl.Int64()


def taxon(**labels: str) -> str | None:
    row = pl.DataFrame(
        [{rank: labels.get(rank) for rank in RANKS}], schema=dict.fromkeys(RANKS, pl.String)
    )
    return row.select(most_specific_taxon()).item()


def test_the_taxon_is_the_deepest_label():
    assert taxon(phylum="Arthropoda", order="Diptera", family="Sciaridae") == "Sciaridae"
    assert taxon(order="Diptera", species="Bradysia brevis") == "Bradysia brevis"
    assert taxon(phylum="Arthropoda") == "Arthropoda"
    assert taxon() is None


def test_a_table_with_all_columns_passes():
    require_columns(["b", "a", "c"], ["a", "b"], Path("t.csv"))


def test_every_missing_column_is_named_with_the_file():
    with pytest.raises(InputError, match=r"^t\.csv: missing column\(s\): genus, order$"):
        require_columns(["a"], ["genus", "a", "order"], Path("t.csv"))
