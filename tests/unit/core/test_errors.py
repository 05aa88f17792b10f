"""Messages list the first ten cases of a fault."""

import pytest

from bioscan.core.errors import first_ten


@pytest.mark.parametrize(("count", "listed"), [(0, 0), (1, 1), (10, 10), (11, 10)])
def test_at_most_ten_cases_are_listed(count: int, listed: int):
    cases = [f"A{number}" for number in range(count)]
    assert first_ten(cases) == ", ".join(cases[:listed])


def test_cases_may_be_separated_otherwise():
    assert first_ten(iter("abc"), separator="; ") == "a; b; c"
