"""Random numbers that depend on the seed, a purpose and a position only."""

import numpy as np


def generator(seed: int, purpose: str) -> np.random.Generator:
    """The random generator of one purpose; purposes do not disturb each other."""
    return np.random.default_rng([seed, *purpose.encode()])


def uniform(seed: int, purpose: str, start: int, count: int, each: int = 1) -> np.ndarray:
    """Uniform numbers in [0, 1) of consecutive items, independent of the size of the frames.

    Args:
        seed: of the community.
        purpose: name of the quantity that is drawn.
        start: position of the first item.
        count: number of items.
        each: numbers per item.

    Returns:
        (count, each) numbers.
    """
    bits = np.random.PCG64([seed, *purpose.encode()]).advance(start * each)
    return np.random.Generator(bits).random((count, each))
