"""Random offsets and masks that follow from a sequence's own seed, for whole batches at once."""

import numpy as np

#: Constants of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
#: generators"), which maps a counter to a well-mixed number.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIXERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def uniform(seeds: np.ndarray, count: int) -> np.ndarray:
    """Random numbers (n, count) from 0 to 1 (excluded), each row a function of its seed alone.

    A sequence is masked the same way in whatever batch, and on whatever device, it lies. A numpy
    generator per sequence would take longer than the training step.

    Args:
        seeds: (n,) integers.
    """
    counters = np.arange(1, count + 1, dtype=np.uint64) * _STEP
    with np.errstate(over="ignore"):
        bits = seeds.astype(np.uint64)[:, None] + counters
        for shift, factor in _MIXERS:
            bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    return (bits >> np.uint64(11)) * 2.0**-53


def offsets(seeds: np.ndarray, choices: int) -> np.ndarray:
    """Offsets (n,) from 0 to `choices` - 1, all equally likely."""
    return (uniform(seeds, 1)[:, 0] * choices).astype(np.int64)


def masks(seeds: np.ndarray, maskable: np.ndarray, share: float) -> np.ndarray:
    """Which tokens (n, t) are masked: each that is `maskable` with the probability `share`."""
    # The first number of a seed is its offset's.
    return (uniform(seeds, 1 + maskable.shape[1])[:, 1:] < share) & maskable
