"""Verdicts of curators."""

import pytest

from bioscan.core.errors import InputError
from bioscan.core.verdicts import read_verdicts


def written(tmp_path, text: str):
    path = tmp_path / "verdicts.csv"
    path.write_text(text)
    return path


def test_rows_with_a_verdict_are_read(tmp_path):
    path = written(
        tmp_path,
        "processid,verdict,label,note\na,confirmed,Aus bus,x\nb,,,\nc,remove photograph,,\n",
    )
    assert read_verdicts(path).rows() == [
        ("a", "confirmed", "Aus bus", None),
        ("c", "remove photograph", None, None),
    ]


def test_a_label_and_a_photograph_may_have_a_verdict_each(tmp_path):
    path = written(tmp_path, "processid,verdict,label\na,corrected,Aus\na,remove photograph,\n")
    assert read_verdicts(path).height == 2


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a,right,Aus,", "line 2: .*'right'.*expected one of confirmed, corrected"),
        (",confirmed,Aus,", "expected a processid"),
        ("a,corrected,,", "expected a label"),
        ("a,corrected,Aus,tribe", "expected one of the ranks phylum"),
        ("a,corrected,Aus,\na,confirmed,Aus,", "expected one verdict per specimen"),
    ],
)
def test_a_row_that_says_nothing_clear_is_refused(tmp_path, row, fault):
    path = written(tmp_path, f"processid,verdict,label,rank\n{row}\n")
    with pytest.raises(InputError, match=fault):
        read_verdicts(path)


def test_a_table_without_verdicts_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"missing column\(s\): verdict"):
        read_verdicts(written(tmp_path, "processid,label\na,Aus\n"))
    with pytest.raises(InputError, match="cannot be read as a CSV of verdicts"):
        read_verdicts(tmp_path / "none.csv")
