"""Verdicts of curators."""

import logging

import pytest

from bioscan.core.errors import InputError
from bioscan.core.verdicts import VERDICTS_SCHEMA, read_verdicts

#: The columns that a curator writes.
WRITTEN = ["processid", "verdict", "label", "label_rank"]


def written(tmp_path, text: str):
    path = tmp_path / "verdicts.csv"
    path.write_text(text)
    return path


def test_rows_with_a_verdict_are_read(tmp_path):
    path = written(
        tmp_path,
        "processid,verdict,label,note\na,confirmed,Aus bus,x\nb,,,\nc,remove photograph,,\n",
    )
    found = read_verdicts(path)
    assert dict(found.schema) == VERDICTS_SCHEMA
    assert found.select(WRITTEN).rows() == [
        ("a", "confirmed", "Aus bus", None),
        ("c", "remove photograph", None, None),
    ]


#: Columns of identified.csv, and those that a curator adds.
IDENTIFIED = "processid,rank,name,order,family,genus,species,verdict,label,label_rank"
FLY = "Diptera,Sciaridae,Aus,Aus bus"


@pytest.mark.parametrize(
    ("row", "written_row", "order", "family", "species"),
    [
        # The rank of the name is none of a label that takes its place.
        (
            f"a,species,Aus bus,{FLY},corrected,Carabidae,",
            ("a", "corrected", "Carabidae", None),
            *(None, None, None),
        ),
        (
            f"a,species,Aus bus,{FLY},confirmed,,",
            ("a", "confirmed", "Aus bus", "species"),
            *("Diptera", "Sciaridae", "Aus bus"),
        ),
        # A label of the same lineage, above what was decided.
        (
            f"a,species,Aus bus,{FLY},corrected,Sciaridae,",
            ("a", "corrected", "Sciaridae", "family"),
            *("Diptera", "Sciaridae", None),
        ),
        (
            f"a,species,Aus bus,{FLY},corrected,Novus,genus",
            ("a", "corrected", "Novus", "genus"),
            *(None, None, None),
        ),
    ],
)
def test_verdicts_may_stand_beside_what_was_identified(
    tmp_path, row, written_row, order, family, species
):
    found = read_verdicts(written(tmp_path, f"{IDENTIFIED}\n{row}\n"))
    assert found.select(WRITTEN).row(0) == written_row
    assert found.select("order", "family", "species").row(0) == (order, family, species)


def test_the_rank_of_a_label_under_another_name_is_not_passed_over_in_silence(tmp_path, caplog):
    path = written(tmp_path, "processid,verdict,label,rank\na,corrected,Novus,genus\n")
    with caplog.at_level(logging.WARNING, "bioscan.core"):
        assert read_verdicts(path)["label_rank"].to_list() == [None]
    assert "column 'rank' is not read; that of a label is 'label_rank'" in caplog.text


def test_a_label_and_a_photograph_may_have_a_verdict_each(tmp_path):
    path = written(tmp_path, "processid,verdict,label\na,corrected,Aus\na,remove photograph,\n")
    assert read_verdicts(path).height == 2


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a,right,Aus,", "line 2: .*'right'.*expected one of confirmed, corrected"),
        (",confirmed,Aus,", "expected a processid"),
        ("a,corrected,,", "expected a label"),
        ("a,confirmed,,", "nothing is decided that could be confirmed, expected a label"),
        ("a,corrected,Aus,tribe", "expected one of the ranks phylum"),
        ("a,corrected,Aus,\na,confirmed,Aus,", "expected one verdict per specimen"),
    ],
)
def test_a_row_that_says_nothing_clear_is_refused(tmp_path, row, fault):
    path = written(tmp_path, f"processid,verdict,label,label_rank\n{row}\n")
    with pytest.raises(InputError, match=fault):
        read_verdicts(path)


def test_a_table_without_verdicts_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"missing column\(s\): verdict"):
        read_verdicts(written(tmp_path, "processid,label\na,Aus\n"))
    with pytest.raises(InputError, match="cannot be read as a CSV of verdicts"):
        read_verdicts(tmp_path / "none.csv")
