"""The conditions under which a specimen can lie, and how often each occurs."""

from collections.abc import Mapping

import numpy as np

#: The conditions:
#:   whole       an intact specimen near the middle of the well
#:   small       a tiny specimen (body at most 0.9 mm), anywhere in the well
#:   off_centre  near the wall of the well
#:   fragmented  the abdomen broken off: two pieces of similar size, both in mask and box
#:   touching    cut by the frame
#:   blurred     out of focus, near the wall
#:   empty       no specimen, no box
CONDITIONS = ("whole", "small", "off_centre", "fragmented", "touching", "blurred", "empty")

#: Rates of a normal release.
CONDITION_RATES: dict[str, float] = {
    "whole": 0.87,
    "small": 0.02,
    "off_centre": 0.04,
    "fragmented": 0.025,
    "touching": 0.02,
    "blurred": 0.01,
    "empty": 0.015,
}

#: Rates among photographs that are hard to crop: of 295 real ones, 28 % were empty and 11 % touched
#: the frame.
HARD_CONDITION_RATES: dict[str, float] = {
    "whole": 0.11,
    "small": 0.31,
    "off_centre": 0.11,
    "fragmented": 0.06,
    "touching": 0.10,
    "blurred": 0.03,
    "empty": 0.28,
}


def draw_condition(rng: np.random.Generator, rates: Mapping[str, float]) -> str:
    """Draw one condition, with probabilities in proportion to `rates`."""
    weights = np.array([rates.get(condition, 0.0) for condition in CONDITIONS])
    return CONDITIONS[rng.choice(len(CONDITIONS), p=weights / weights.sum())]
