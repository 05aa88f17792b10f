"""A word for missing is missing, and nothing else is."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioscan.ingest.missing import BLANK, TAKEN, take_missing
from bioscan.ingest.notes import Notes
from tests.unit.schemas import definition

WORDS = definition("dataset")["properties"]["missing"]["default"]


def taken(**columns: list[str | None]) -> pl.DataFrame:
    return take_missing(
        pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), WORDS, Notes()
    )


@given(
    word=st.sampled_from(WORDS),
    case=st.sampled_from([str, str.lower, str.upper, str.title, str.capitalize]),
    before=st.text(BLANK, max_size=4),
    after=st.text(BLANK, max_size=4),
)
def test_each_word_is_missing_in_any_letter_case_and_among_blanks(word, case, before, after):
    cell = before + case(word) + after
    rows = taken(genus=[cell, "Apis"], dna_barcode=[cell, "ACGT"], **{"coord-lat": [cell, "1"]})
    assert rows.rows() == [(None, None, None), ("Apis", "ACGT", "1")]


@pytest.mark.parametrize(
    "cell",
    [
        *("<NA>", "(none)", "[unknown]", '"n/a"', "not_determined", "NOT  Known", "", " ", "()"),
        *("\xa0", "Unknown.", "**NA**", "nan nan", "NA NA", "Unknown unknown", "None_None"),
    ],
)
def test_what_stands_around_a_word_is_no_part_of_it(cell: str):
    assert taken(species=[cell])["species"].to_list() == [None]


@pytest.mark.parametrize(
    "label",
    [
        "unassigned Sciaridae", "Unknown sp. 1", "Nana", "Nanna", "Nilus", "Megaselia BOLD:ACN5814",
        "Nulla", "No. 3", "sp.", "A-1", "Anastatus sp. GG28", "0", "-1", "-9999", "NNNN", "ACGT",
        "missing link", "Blankaartia", "x", "Na+", "Nana nana", "Apis nan", "nan sp.", "*Apis*",
    ],
)  # fmt: skip
def test_a_label_with_such_a_word_in_it_stays(label: str):
    assert taken(species=[label, None])["species"].to_list() == [label, None]


def test_names_of_specimens_and_files_are_no_words():
    keys = {"processid": ["NA"], "sampleid": ["?"], "image_file": ["None"], "reason": ["missing"]}
    assert taken(**keys).rows() == [("NA", "?", "None", "missing")]


@pytest.mark.parametrize(
    ("column", "cells", "left"),
    [
        ("country", ["NA", "ZA", None], ["NA", "ZA", None]),
        ("country", ["NA", "NA"], ["NA", "NA"]),
        ("country", ["NA", "ZA", "n/a", "na"], ["NA", "ZA", None, None]),
        ("country", ["NA", "Namibia"], [None, "Namibia"]),
        ("province_state", ["ND", "SD", "NA"], ["ND", "SD", "NA"]),
        ("province_state", ["ND", "Ontario"], [None, "Ontario"]),
        ("province_state", ["Nan", "Chiang Mai", "nan"], ["Nan", "Chiang Mai", None]),
        ("order", ["NA", "Xx"], [None, "Xx"]),
    ],
)
def test_a_code_of_a_place_stays_among_codes(column: str, cells: list, left: list):
    assert taken(**{column: cells})[column].to_list() == left


def test_the_cells_of_each_word_are_counted_as_they_were_written():
    notes = Notes()
    batch = pl.DataFrame({"genus": ["NA", "Apis", "NA", " na"], "family": ["NA", "x", "y", "z"]})
    take_missing(batch, WORDS, notes)
    take_missing(batch.head(1), WORDS, notes)
    assert notes.table().rows() == [
        (TAKEN, "genus", " na", 1),
        (TAKEN, "genus", "NA", 3),
        (TAKEN, "family", "NA", 2),
    ]


def test_a_list_of_ones_own_replaces_the_words():
    batch = pl.DataFrame({"genus": ["NA", "leer", "Apis"]})
    assert take_missing(batch, ["Leer"], Notes())["genus"].to_list() == ["NA", None, "Apis"]
    assert take_missing(batch, [], Notes()).equals(batch)


def test_no_word_stands_twice_in_the_list():
    assert len(WORDS) == len(set(WORDS))


def test_a_batch_without_rows_or_texts_passes():
    batch = pl.DataFrame({"genus": [], "n": []}, schema={"genus": pl.String, "n": pl.Int64})
    assert take_missing(batch, WORDS, Notes()).equals(batch)
    assert taken(genus=[None, None])["genus"].to_list() == [None, None]
