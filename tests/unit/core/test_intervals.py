"""Intervals of shares."""

import pytest
from scipy.stats import binomtest

from bioscan.core.intervals import largest_share, trials_to_tell, wilson_interval


@pytest.mark.parametrize(("right", "of"), [(0, 10), (7, 10), (10, 10), (450, 500)])
def test_the_interval_is_that_of_scipy(right, of):
    expected = binomtest(right, of).proportion_ci(method="wilson")
    assert wilson_interval(right / of, of) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_there_is_no_interval_without_a_sample():
    assert wilson_interval(None, 0) == (None, None)


def test_no_failure_in_few_trials_tells_little():
    """Of a share of 1 - 3/n, n trials have no failure with a probability of 5 %, about."""
    assert largest_share(60) == 0.95
    assert pytest.approx(0.05, abs=0.005) == 0.95**60
    assert (largest_share(2), largest_share(0)) == (0, 0)


def test_as_many_trials_tell_a_share_as_the_rule_of_three_needs():
    assert [trials_to_tell(share) for share in (0.5, 0.9, 0.95, 0.99)] == [6, 30, 60, 300]
