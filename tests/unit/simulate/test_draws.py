"""Random numbers depend on seed, purpose and position only."""

import numpy as np
import pytest

from bioscan.simulate.draws import generator, uniform


@pytest.mark.parametrize("each", [1, 2, 3])
def test_numbers_do_not_depend_on_the_frames(each: int):
    whole = uniform(3, "conflict", 0, 100, each)
    parts = [uniform(3, "conflict", start, 25, each) for start in range(0, 100, 25)]
    assert whole.shape == (100, each)
    assert np.array_equal(whole, np.concatenate(parts))
    assert whole.min() >= 0 and whole.max() < 1


def test_seeds_and_purposes_have_numbers_of_their_own():
    numbers = [tuple(uniform(seed, name, 0, 5)[:, 0]) for seed in (0, 1) for name in ("a", "b")]
    assert len(set(numbers)) == 4
    generators = [generator(seed, name).random() for seed in (0, 1) for name in ("a", "b")]
    assert len(set(generators)) == 4
    assert generator(0, "a").random() == generators[0]
