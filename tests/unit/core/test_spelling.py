"""Names that may be one name misspelt."""

import polars as pl
import pytest

from bioscan.core.spelling import near


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("Scara alpina", "Sciara alpina", True),  # dropped
        ("Sciara alpinna", "Sciara alpina", True),  # doubled
        ("Sciara aplina", "Sciara alpina", True),  # swapped
        ("Cecidomyidae", "Cecidomyiidae", True),
        ("Aus flavypees", "Aus flavipes", True),  # two letters of eight
        ("Aus minor", "Aus major", False),  # two letters of five
        ("Sciaro alpino", "Sciara alpina", False),  # two words
        ("Blacus Malaise4749", "Blacus Malaise4748", False),  # another number
        ("Blacus Malaise474", "Blacus Malaise4749", False),
        ("Blacus Malasie4749", "Blacus Malaise4749", True),
        ("Sciara alpina", "Sciara", False),
        ("Sciara alpina", "Sciara alpina", False),
    ],
)
def test_names_within_a_few_letters_are_near(left, right, alike):
    assert near(pl.Series([left]), pl.Series([right])).to_list() == [alike]
    assert near(pl.Series([right]), pl.Series([left])).to_list() == [alike]


def test_names_are_compared_pair_by_pair():
    left, right = (
        pl.Series(["Aus bus", "Aus bus", "Cus"]),
        pl.Series(["Aus bis", "Cus dus", "Cuss"]),
    )
    assert near(left, right).to_list() == [True, False, True]
    assert near(left.clear(), right.clear()).to_list() == []
