"""Neighbours of another family or order."""

import polars as pl

from bioscan.barcode.neighbours import CONFLICTS_SCHEMA, conflicts, group_records
from tests.unit.mitochondria import Barcodes

DRAWN = Barcodes(2, codons=200)
ONE, OTHER = (DRAWN.relative(DRAWN.ancestor, 0.2) for _ in range(2))


def near(of: str) -> str:
    return DRAWN.relative(of, 0.01)


def found(*records: tuple[str, str | None, str | None, str | None]) -> pl.DataFrame:
    """The conflicts among records (barcode, BIN, order, family), which are called P0, P1, …"""
    schema = dict.fromkeys(("sequence", "dna_bin", "order", "family"), pl.String)
    table = pl.DataFrame(records, schema, orient="row").with_row_index()
    table = table.with_columns(
        pl.format("P{}", "index").alias("processid"),
        pl.col("sequence").str.len_chars().alias("letters"),
    )
    grouped = group_records(table)
    joined = grouped.join(conflicts(grouped), on="group", how="left", maintain_order="left")
    return joined.filter(pl.col("conflict").is_not_null())


def test_families_that_keep_apart_have_no_conflict():
    records = [(near(ONE), None, "O", "F")] * 3 + [(near(OTHER), None, "O", "G")] * 3
    assert found(*records).is_empty()


def test_one_record_among_many_of_another_family_is_told_and_they_are_not():
    many = [(near(ONE), None, "O", "F") for _ in range(5)]
    rows = found(*many, (near(ONE), None, "O", "G"), (near(OTHER), None, "O", "G"))
    assert rows["processid"].to_list() == ["P5"]
    row = rows.to_dicts()[0]
    assert (row["conflict"], row["neighbour_family"]) == ("family", "F")
    assert (row["agreeing"], row["differing"]) == (1, 5)
    assert row["neighbour"] in {f"P{place}" for place in range(5)}
    assert row["identity"] >= 0.93


def test_another_order_is_told_before_another_family():
    many = [(near(ONE), None, "O", "F") for _ in range(3)]
    rows = found(*many, (near(ONE), None, "Q", "G"))
    assert rows.select("processid", "conflict", "neighbour_order").rows() == [("P3", "order", "O")]


def test_of_one_against_one_both_are_told():
    rows = found((near(ONE), None, "O", "F"), (near(ONE), None, "O", "G"))
    assert rows["processid"].to_list() == ["P0", "P1"]


def test_records_of_one_bin_stand_together():
    many = [(near(ONE), "BOLD:AAA0001", "O", "F") for _ in range(4)]
    one = (near(ONE), "BOLD:AAA0001", "O", "G")
    rows = found(*many, one)
    assert rows.select("processid", "agreeing", "differing").rows() == [("P4", 1, 4)]


def test_without_an_order_or_family_nothing_is_told():
    many = [(near(ONE), None, "O", "F") for _ in range(3)]
    assert found(*many, (near(ONE), None, None, None), (near(ONE), None, "O", None)).is_empty()


def test_alone_a_record_has_no_neighbours():
    assert found((ONE, None, "O", "F")).is_empty()
    assert dict(conflicts(group_records(_empty())).schema) == CONFLICTS_SCHEMA


def _empty() -> pl.DataFrame:
    schema = dict.fromkeys(("processid", "sequence", "dna_bin", "order", "family"), pl.String)
    return pl.DataFrame(schema=schema | {"letters": pl.Int64})
