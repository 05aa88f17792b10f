"""Random offsets and masks."""

import numpy as np

from bioscan.barcode.masking import masks, offsets, uniform

SEEDS = np.random.default_rng(0).integers(2**63, size=4000)


def test_the_numbers_are_those_of_splitmix64():
    # Vigna's splitmix64.c with the state 1234567 gives these first five numbers.
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    numbers = uniform(np.array([1234567]), 5)[0]
    assert numbers.tolist() == [(n >> 11) / 2**53 for n in published]


def test_a_sequence_is_masked_the_same_way_in_any_batch():
    maskable = np.ones((len(SEEDS), 82), dtype=bool)
    together = masks(SEEDS, maskable, 0.5)
    assert (together[7] == masks(SEEDS[7:8], maskable[:1], 0.5)[0]).all()
    assert (offsets(SEEDS, 9)[3:5] == offsets(SEEDS[3:5], 9)).all()


def test_half_of_the_known_tokens_are_masked_and_no_other():
    maskable = np.ones((len(SEEDS), 82), dtype=bool)
    maskable[:, 50:] = False
    masked = masks(SEEDS, maskable, 0.5)
    assert not masked[:, 50:].any()
    # 200,000 draws: a standard deviation is 0.0011.
    assert abs(masked[:, :50].mean() - 0.5) < 0.006
    # Neither tokens nor sequences differ in how often they are masked.
    assert abs(masked[:, :50].mean(axis=0) - 0.5).max() < 0.05


def test_all_offsets_are_equally_likely():
    drawn = np.bincount(offsets(SEEDS, 5), minlength=5)
    assert len(drawn) == 5
    assert abs(drawn / len(SEEDS) - 0.2).max() < 0.04


def test_the_offset_says_nothing_about_the_mask():
    maskable = np.ones((len(SEEDS), 10), dtype=bool)
    first = masks(SEEDS, maskable, 0.5)[:, 0]
    low = offsets(SEEDS, 2) == 0
    assert abs(first[low].mean() - first[~low].mean()) < 0.08
