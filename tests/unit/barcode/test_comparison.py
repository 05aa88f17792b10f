"""Searches beside each other."""

import polars as pl
import pytest

from bioscan.barcode.comparison import (
    SEARCHES_SCHEMA,
    agreement,
    differences,
    tabulate_searches,
)
from bioscan.barcode.hits import answer_by_nearest
from bioscan.core.alignment import HITS_SCHEMA
from bioscan.core.records import RANKS

#: processid, sequence, split, species; the genus is the first word of a species.
BARCODES = [
    ("k1", "ACGTACGTACGT", "train", "Aus bus"),
    ("k2", "ACGTACGTACGA", "train", "Aus cus"),
    ("k3", "TTGGCCAATTGG", "train", "Bus dus"),
    ("q1", "ACGTACGTACG", "test", "Aus bus"),
    ("q2", "ACGTACGTACGA", "test", "Aus cus"),
    ("q3", "TTGGCCAATTG", "test_unseen", "Bus eus"),
    ("q4", "CCCCCCCCCCC", "test_unseen", "Cus fus"),
]
GENUS = {name: species.split()[0] for name, _, _, species in BARCODES}
SEQUENCES = pl.DataFrame(
    BARCODES,
    schema=dict.fromkeys(("processid", "sequence", "split", "species"), pl.String),
    orient="row",
).select(
    "processid",
    "sequence",
    "split",
    *(
        pl.col("processid").replace_strict(GENUS).alias(rank)
        if rank == "genus"
        else pl.col("species")
        if rank == "species"
        else pl.lit(rank).alias(rank)
        for rank in RANKS
    ),
)


def answers(**found: str) -> pl.DataFrame:
    """The answers of a search: query → its best keys, separated by spaces."""
    rows = [
        (query, key, 9.0, 1.0, False, 9) for query, keys in found.items() for key in keys.split()
    ]
    queries = SEQUENCES.filter(pl.col("split") != "train")
    hits = pl.DataFrame(rows, HITS_SCHEMA, orient="row")
    return answer_by_nearest(hits, queries, SEQUENCES.filter(split="train"))


def summary(method: str, status: str = "run") -> dict:
    return {"method": method, "program": method, "status": status}


def rows_of(table: pl.DataFrame, **wanted: str) -> list[dict]:
    return table.filter(**wanted).to_dicts()


def test_accuracy_and_what_was_not_answered_are_counted_by_split_and_rank():
    found = answers(q1="k1", q2="k1 k2", q3="k3")
    table = tabulate_searches([summary("exact")], [found], SEQUENCES)
    assert dict(table.schema) == SEARCHES_SCHEMA
    (species,) = rows_of(table, split="test", level="species")
    assert (species["value"], species["queries"], species["tied"]) == (100, 2, 1)
    (genus,) = rows_of(table, split="test", level="genus")
    assert genus["tied"] == 0
    (unseen,) = rows_of(table, split="test_unseen", level="genus")
    # The genus Cus is no key's, and q4 aligns to none.
    assert (unseen["value"], unseen["without_key"], unseen["unanswered"]) == (50, 1, 1)
    assert set(table["agreement"]) == {None}


def test_agreement_is_measured_where_blastn_is_sure_of_a_species():
    blastn = answers(q1="k1", q2="k1 k2", q3="k3")
    exact = answers(q1="k2", q2="k2")
    assert agreement(exact, blastn, "test") == 0
    assert agreement(exact, blastn, "test_unseen") == 0
    assert agreement(blastn, blastn, "test") == 100
    assert agreement(exact, blastn, "val") is None
    table = tabulate_searches([summary("exact"), summary("blastn")], [exact, blastn], SEQUENCES)
    assert set(table.filter(method="exact", split="test")["agreement"]) == {0}


def test_a_search_that_was_not_run_says_so_in_a_row_of_its_own():
    said = "not run: blastn is not installed"
    searches = [summary("exact"), summary("blastn", said)]
    table = tabulate_searches(searches, [answers(q1="k1"), answers()], SEQUENCES)
    (row,) = rows_of(table, method="blastn")
    assert (row["status"], row["value"]) == (said, None)
    assert set(table["agreement"]) == {None}


def test_differences_show_both_alignments():
    blastn = answers(q1="k1", q2="k1 k2", q3="k3")
    table = differences(answers(q1="k2", q2="k2"), blastn, SEQUENCES)
    assert table["processid"].to_list() == ["q1", "q3"]
    row = table.to_dicts()[0]
    assert (row["blastn_species"], row["exact_species"]) == ("Aus bus", "Aus cus")
    assert row["blastn_alignment"].split("\n") == ["ACGTACGTACG", "|" * 11, "ACGTACGTACG"]
    assert table["exact_key"].to_list() == ["k2", None]
    assert table["exact_alignment"][1] is None


@pytest.mark.parametrize("found", [{}, {"q1": "k1"}])
def test_equal_answers_leave_an_empty_table_of_the_same_columns(found):
    same = answers(**found)
    full = differences(answers(q1="k2"), answers(q1="k1"), SEQUENCES)
    assert differences(same, same, SEQUENCES).schema == full.schema
