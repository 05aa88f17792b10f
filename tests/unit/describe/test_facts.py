"""Numbers in the text of the papers, from fabricated records."""

import polars as pl
import pytest

from bioscan.core.records import SCHEMA
from bioscan.describe import facts
from tests.unit.describe.printed import FOLDER

EMPTY = dict.fromkeys(SCHEMA)


def records(*rows: dict) -> pl.DataFrame:
    kinds = {**SCHEMA, "species_set": pl.String}
    return pl.DataFrame([EMPTY | {"species_set": None} | row for row in rows], schema=kinds)


def values(table: pl.DataFrame) -> dict[str, float]:
    return dict(table.iter_rows())


def test_the_orders_of_1m_are_counted_the_most_populated_first():
    found = facts.orders(records(*[{"order": o} for o in ("Diptera", "Odonata", "Diptera", None)]))
    assert found.rows() == [("Diptera", 2), ("Odonata", 1)]


def test_the_numbers_of_1m_are_those_of_all_records_and_of_the_experiments():
    found = values(
        facts.facts_1m(
            records(
                {"order": "Diptera", "family": "Phoridae", "large_insect_order": "train",
                 "large_diptera_family": "test", "taxon": "a", "dna_bin": "x"},
                {"order": "Diptera", "family": "Sciaridae", "large_insect_order": "test",
                 "taxon": "b", "dna_bin": "x"},
                {"order": "Zoraptera", "taxon": "b", "dna_bin": "y"},
            )
        )
    )  # fmt: skip
    assert found == {
        "records": 3,
        "families_in_text": 2,
        "samples_without_family_in_text": 1,
        "unique_names": 2,
        "orders_total": 2,
        "orders_classified": 1,
        "diptera_families_classified": 1,
        "bin_species_text": 2,
        # Of records without an index of their photographs.
        "image_width_px": None,
        "image_height_px": None,
    }


@pytest.fixture
def of_5m() -> dict[str, float]:
    fly = {"class": "Insecta", "order": "Diptera", "family": "Phoridae"}
    common = [{"species": "A a", "genus": "A", "split": "train"}] * 7
    rare = [{"species": "B b", "genus": "B", "split": "train"}]
    places = [{"coord-lat": 1.0, "coord-lon": float(n % 3)} for n in range(20)]
    rows = [
        *({**fly, **row, "dna_barcode": "ACGT"} for row in common),
        *({**fly, **row, "dna_barcode": "ACGA", "subfamily": "S"} for row in rare),
        *([{**fly, "split": "test", "genus": "A", "species": "A a"}] * 2),
        *([{**fly, "split": "pretrain", "country": "Costa Rica"}] * 9),
        {"class": "Arachnida", "split": "pretrain", "image_measurement_value": 5},
    ]
    return values(
        facts.facts_5m(records(*(row | place for row, place in zip(rows, places, strict=True))))
    )


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("records", 20),
        ("insect_share", 95),
        ("insecta_share_text", 95),
        ("non_insect_organisms_text", 1),
        ("labelled_to_order_text", 95),
        ("labelled_to_class_text", 100),
        ("diptera_share_text", 95),
        ("seen_split_train_percent", 80),
        ("seen_split_val_percent", 0),
        ("seen_split_test_percent", 20),
        ("samples_per_barcode", 10),
        ("distinct_locations", 3),
        ("samples_from_top_70_regions", 100),
        ("top_70_regions_share", 100),
        ("samples_from_costa_rica", 45),
        ("no_image_measurement_value", 95),
        ("unlabelled_below_family_text", 50),
        ("labelled_only_to_family", 45),
        ("genera_without_subfamily", 1),
        ("train_species_with_6_or_fewer", 1),
        ("train_species_single_sample", 1),
        ("train_samples_of_rare_species", 1),
        ("pretrain_share", 50),
        ("samples_per_square_fig_a10", 0),
    ],
)
def test_the_numbers_of_5m(of_5m, fact, value):
    assert of_5m[fact] == value


def test_every_fact_is_one_that_a_paper_prints():
    for make, name in ((facts.facts_1m, "bioscan1m"), (facts.facts_5m, "bioscan5m")):
        printed = pl.read_csv(FOLDER / f"{name}_text_facts.csv")["fact"].to_list()
        assert set(values(make(records({})))) <= set(printed)


def test_the_dataset_of_5m_table_1_has_its_bins():
    found = facts.largest_dataset(records(*[{"dna_bin": b} for b in ("x", "x", "x", "y", None)]))
    assert found.rows() == [("BIOSCAN-5M", 5, 3, 2)]


def test_images_are_records_with_a_photograph_and_their_size_that_of_most():
    frame = records(*[{"order": "Diptera", "dna_bin": "x"}] * 4).with_columns(
        photograph=pl.Series([True, True, True, False]),
        photograph_width=pl.Series([1024, 768, 1024, None]),
        photograph_height=pl.Series([768, 576, 768, None]),
    )
    assert facts.orders(frame).rows() == [("Diptera", 3)]
    assert facts.largest_dataset(frame).select("images", "categories").rows() == [(3, 1)]
    for found in (facts.facts_1m(frame), facts.facts_5m(frame)):
        sizes = values(found)
        assert (sizes["image_width_px"], sizes["image_height_px"]) == (1024, 768)
