"""Debris soils most wells a little and a few of them much."""

import numpy as np

from bioscan.simulate.canvas import Canvas
from bioscan.simulate.debris import draw_debris
from bioscan.simulate.well import FRAME_MM, Well

WELL = Well((0.5 * FRAME_MM, 0.375 * FRAME_MM), 0.43 * FRAME_MM)


def soiled(seed: int) -> np.ndarray:
    """A grey image of a well with debris."""
    image = np.full((192, 256, 3), 200, np.uint8)
    draw_debris(Canvas(image, 256 / FRAME_MM), WELL, np.random.default_rng(seed))
    return image


def test_most_wells_are_clean_and_a_few_are_filthy():
    shares = [float((soiled(seed) != 200).any(axis=2).mean()) for seed in range(60)]
    assert 0 < np.median(shares) < 0.10
    assert max(shares) > 2 * np.median(shares)


def test_the_same_state_gives_the_same_debris():
    assert np.array_equal(soiled(1), soiled(1))
    assert not np.array_equal(soiled(1), soiled(2))
