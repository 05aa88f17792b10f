"""Conditions are drawn at their rates."""

import numpy as np
import pytest

from bioscan.simulate.conditions import (
    CONDITION_RATES,
    CONDITIONS,
    HARD_CONDITION_RATES,
    draw_condition,
)


def test_conditions_are_drawn_at_their_rates():
    rng = np.random.default_rng(0)
    for rates in (CONDITION_RATES, HARD_CONDITION_RATES):
        assert set(rates) == set(CONDITIONS)
        assert sum(rates.values()) == pytest.approx(1)
        drawn = [draw_condition(rng, rates) for _ in range(4000)]
        for condition, rate in rates.items():
            assert drawn.count(condition) / 4000 == pytest.approx(rate, abs=0.03)
    assert draw_condition(rng, {"blurred": 2}) == "blurred"
