"""Training images change, by their seed alone."""

import numpy as np
import torch

from bioscan.retrieve.augmentation import Augmentation

PIXELS = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)


def test_an_image_becomes_a_square_that_follows_from_its_seed():
    augment = Augmentation(64, 48, 0)
    first, again, other = augment(PIXELS, 1), augment(PIXELS, 1), augment(PIXELS, 2)
    assert (first.shape, first.dtype) == ((3, 48, 48), torch.uint8)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_other_random_numbers_are_left_as_they_are():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    Augmentation(64, 48, 0.5)(PIXELS, 1)
    assert torch.equal(torch.rand(3), expected)


def test_colours_change_only_where_they_should():
    grey = np.full((90, 70, 3), 120, np.uint8)
    plain = Augmentation(64, 48, 0)
    # Corners that turning lays open are black.
    assert {int(v) for seed in range(8) for v in plain(grey, seed).unique()} <= {0, 120}
    jittered = Augmentation(64, 48, 0.5)
    assert any(120 not in jittered(grey, seed).unique() for seed in range(8))
