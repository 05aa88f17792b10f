"""Labels as curators have judged them."""

import logging

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.records import RANKS
from bioscan.core.verdicts import VERDICTS_SCHEMA
from bioscan.curate.cleaning import CHANGES_SCHEMA, summarise
from bioscan.curate.verdicts import apply_verdicts

RECORDS = pl.DataFrame(
    [
        ("a", "P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus bus"),
        ("b", "P", "C", "Coleoptera", "Carabidae", None, "Xus", "Xus yus"),
        ("c", "P", "C", "Diptera", None, None, None, None),
    ],
    dict.fromkeys(("processid", *RANKS), pl.String),
    orient="row",
).with_columns(taxon=pl.coalesce(*reversed(RANKS)))


def verdicts(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    padded = [(*row, *(None,) * (len(VERDICTS_SCHEMA) - len(row))) for row in rows]
    return pl.DataFrame(padded, VERDICTS_SCHEMA, orient="row")


def judged(*rows: tuple[str | None, ...]) -> tuple[dict[str, tuple], pl.DataFrame]:
    after, changes = apply_verdicts(RECORDS, verdicts(*rows))
    assert after.columns == RECORDS.columns
    return {row[0]: row[1:8] for row in after.rows()}, changes


def test_a_corrected_label_brings_those_above_it_and_removes_those_below():
    after, changes = judged(("a", "corrected", "Xus"))
    assert after["a"] == ("P", "C", "Coleoptera", "Carabidae", None, "Xus", None)
    assert dict(changes.schema) == CHANGES_SCHEMA
    assert changes.rows() == [
        ("a", "verdict", "order", "Diptera", "Coleoptera"),
        ("a", "verdict", "family", "Sciaridae", "Carabidae"),
        ("a", "verdict", "genus", "Aus", "Xus"),
        ("a", "verdict", "species", "Aus bus", None),
    ]


def test_a_confirmed_label_is_that_of_the_record_from_then_on():
    after, changes = judged(("c", "confirmed", "Aus bus"), ("b", "confirmed", "Xus yus"))
    assert after["c"] == after["a"]
    assert set(changes["processid"]) == {"c"}


def test_a_species_that_no_record_has_is_of_its_genus():
    after, _ = judged(("c", "corrected", "Aus novus"))
    assert after["c"] == ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus novus")
    after, _ = judged(("c", "corrected", "Zus novus"))
    assert after["c"][-2:] == ("Zus", "Zus novus")


def test_taxon_follows_the_label():
    after, _ = apply_verdicts(RECORDS, verdicts(("a", "corrected", "Carabidae")))
    assert after["taxon"].to_list() == ["Carabidae", "Xus yus", "Diptera"]


def test_a_verdict_on_a_photograph_changes_no_label():
    after, changes = apply_verdicts(RECORDS, verdicts(("a", "remove photograph", None)))
    assert after.equals(RECORDS) and changes.is_empty()


def test_the_rank_of_a_new_name_is_told_by_its_form_or_given():
    after, _ = judged(("c", "corrected", "Novidae"))
    assert after["c"][3] == "Novidae"
    after, _ = judged(("c", "corrected", "Novus", "genus"))
    assert after["c"][5] == "Novus"
    with pytest.raises(InputError, match="the rank of 'Novus' cannot be told"):
        judged(("c", "corrected", "Novus"))


def test_a_rank_that_the_records_contradict_is_refused():
    with pytest.raises(InputError, match="'Carabidae' has the label_rank 'species', and is a fam"):
        judged(("a", "corrected", "Carabidae", "species"))


def test_the_lineage_of_a_verdict_is_that_of_its_label():
    lineage = ("P", "C", "Hemiptera", "Novidae", None, "Zus", None)
    after, _ = judged(("c", "confirmed", "Zus", "genus", *lineage))
    assert after["c"] == lineage


def test_a_label_above_which_nothing_is_known_is_counted(caplog):
    with caplog.at_level(logging.WARNING, "bioscan.curate"):
        judged(("c", "corrected", "Aus novus"), ("a", "corrected", "P"))
        assert not caplog.text
        judged(("c", "corrected", "Zus novus"), ("a", "corrected", "Novidae"))
    assert "no record has them: 2 (Novidae, Zus novus)" in caplog.text


def test_a_verdict_on_no_record_is_counted(caplog):
    with caplog.at_level(logging.WARNING, "bioscan.curate"):
        _, changes = judged(("z", "corrected", "Aus"), ("y", "remove photograph"))
    assert changes.is_empty()
    assert "verdicts on specimens that are no records: 2 (z, y)" in caplog.text


def test_verdicts_have_their_row_in_the_summary_where_there_are_some():
    _, changes = judged(("a", "corrected", "Xus"))
    found = summarise(changes)
    assert found["step"][0] == "verdict"
    row = found.row(
        by_predicate=(pl.col("step") == "verdict") & pl.col("rank").is_null(), named=True
    )
    assert (row["records"], row["renamed"], row["removed"]) == (1, 3, 1)
    assert "verdict" not in summarise(changes.clear())["step"].to_list()
