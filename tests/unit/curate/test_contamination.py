"""Barcodes on specimens of several orders."""

from bioscan.curate.contamination import CONTAMINATION_SCHEMA, mixed_orders
from tests.unit.curate.labelled import FLY, MIDGE, WASP, records


def test_a_barcode_of_several_orders_is_listed_with_the_rarer_specimens_first():
    found = mixed_orders(
        records(*[("ACG", FLY)] * 2, ("ACG", WASP), ("ACG", FLY[:2]), ("TTG", MIDGE), (None, WASP))
    )
    assert found.rows() == [(3, "Diptera (2), Hymenoptera (1)", "P002, P000, P001")]


def test_the_barcode_of_most_records_comes_first_and_names_ten_of_them():
    few = [("ACG", FLY), ("ACG", WASP)]
    many = [("TTG", FLY)] * 12 + [("TTG", WASP)] * 12
    found = mixed_orders(records(*few, *many))
    assert found["records"].to_list() == [24, 2]
    assert found["processids"].str.split(", ").list.len().to_list() == [10, 2]


def test_specimens_that_agree_or_have_no_barcode_are_no_contamination():
    found = mixed_orders(records(("ACG", FLY), ("ACG", MIDGE), (None, FLY), (None, WASP)))
    assert found.is_empty()
    assert found.schema == CONTAMINATION_SCHEMA
