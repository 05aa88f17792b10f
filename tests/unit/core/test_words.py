"""Counts in sentences."""

import pytest

from bioscan.core.words import counted


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (1000, "1,000 images")]
)
def test_one_is_singular_and_thousands_are_separated(count: int, said: str):
    assert counted(count, "image") == said


def test_a_noun_may_have_a_plural_of_its_own():
    assert counted(1, "family", "families") == "1 family"
    assert counted(3, "family", "families") == "3 families"
