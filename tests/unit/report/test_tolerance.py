"""How far numbers may lie from the printed ones (with whole cells: test_ledger)."""

from dataclasses import replace

import numpy as np
import pytest

from bioscan.report.tolerance import tolerance, tolerance_of_mean, tolerance_of_share
from tests.unit.report.test_ledger import CELL, ENTRY


def test_nineteen_of_twenty_repetitions_are_within_the_interval():
    """Means of three runs beside a printed mean and standard deviation of three of the same."""
    random = np.random.default_rng(0)
    published, ours = random.normal(size=(2, 20_000, 3))
    quantile = tolerance_of_mean(1, 3, 3, 0.0)
    spread = published.std(axis=1, ddof=1)
    within = np.abs(published.mean(axis=1) - ours.mean(axis=1)) < quantile * spread
    assert within.mean() == pytest.approx(0.95, abs=0.01)


def test_the_tolerance_of_a_share_is_that_of_one_half_there_and_none_at_the_ends():
    assert tolerance_of_share(0.02, 0.5) == pytest.approx(0.02)
    assert tolerance_of_share(0.02, 0.0) == tolerance_of_share(0.02, 1.0) == 0


def test_a_number_that_is_printed_in_steps_is_anything_that_rounds_to_it():
    rounded = replace(CELL, printed="90", step=1, rule={"table": "t", "column": "c", "rounded": 10})
    assert tolerance(ENTRY, rounded, 1) == (5, "printed in steps of 10")
