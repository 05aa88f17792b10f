"""Changes are made once per distinct lineage or label."""

import polars as pl

from bioscan.core.records import RANKS
from bioscan.curate.lineages import by_lineage, relabelled, without_last_filler
from tests.unit.curate.labelled import FLY, MIDGE, each, labels


def test_a_change_of_a_lineage_reaches_all_its_records():
    seen = []

    def change(lineages: pl.DataFrame) -> pl.DataFrame:
        seen.extend(lineages.select("family", "records").rows())
        return lineages.with_columns(genus=pl.lit("Aus"))

    before = each(MIDGE, FLY, MIDGE)
    found = by_lineage(before, change)
    assert sorted(seen) == [("Chironomidae", 2), ("Sciaridae", 1)]
    assert found["genus"].to_list() == ["Aus"] * 3
    assert found.drop("genus").equals(before.drop("genus"))


def test_a_further_column_fills_what_is_missing():
    before = each(MIDGE, MIDGE, FLY).with_columns(subspecies=pl.Series([None, "own", None]))

    def change(lineages: pl.DataFrame) -> pl.DataFrame:
        named = pl.when(family="Chironomidae").then(pl.lit("new"))
        return lineages.with_columns(named.alias("subspecies"))

    found = by_lineage(before, change, filled=["subspecies"])
    assert found["subspecies"].to_list() == ["new", "own", None]
    assert found.select(RANKS).equals(before.select(RANKS))


def test_records_that_nothing_changes_are_the_same_object():
    before = each(MIDGE, FLY)
    assert by_lineage(before, lambda lineages: lineages) is before


def test_labels_are_changed_once_each():
    calls = []

    def change(known: pl.Series) -> pl.Series:
        calls.append(known.sort().to_list())
        return known.replace({"a": None, "b": "c"})

    labels = pl.Series("tribe", ["a", "b", None, "b", "d"])
    assert relabelled(labels, change).to_list() == [None, "c", None, "c", "d"]
    assert calls == [["a", "b", "d"]]
    assert relabelled(labels, lambda known: known) is labels


def test_a_filler_is_no_last_label():
    found = each(FLY, FLY[:5]).with_columns(without_last_filler())
    assert labels(found, 0)[4] == "unassigned Sciaridae"
    assert labels(found, 1)[4] is None
