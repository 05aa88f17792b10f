"""Photographs that are hard to crop."""

import cv2
import numpy as np
import pytest

from bioscan.simulate import hard
from bioscan.simulate.conditions import CONDITIONS
from bioscan.simulate.hard import SCENE_RATES, hard_photograph
from bioscan.simulate.phenotype import RANK_STEPS, phenotype

SIZE = (256, 192)


def insect(seed: int):
    lineage = ("Arthropoda", "Insecta", "Diptera", *[None] * (len(RANK_STEPS) - 3))
    return phenotype(lineage, seed)


def taken(seed: int, condition: str = "whole", size: tuple[int, int] = SIZE):
    return hard_photograph(insect(seed), np.random.default_rng(seed), size, condition)


def test_rates_are_those_of_all_conditions():
    assert set(SCENE_RATES) == set(CONDITIONS)
    assert sum(SCENE_RATES.values()) == pytest.approx(1)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_box_is_the_mask_s(condition):
    for seed in range(4):
        seen = taken(seed, condition)
        assert seen.image.shape == (192, 256, 3) and seen.image.dtype == np.uint8
        assert seen.mask.shape == (192, 256) and seen.mask.dtype == bool
        assert (seen.box is None) == (not seen.mask.any())
        if condition == "empty":
            assert seen.box is None
        if seen.box is not None:
            x0, y0, x1, y1 = seen.box
            assert seen.mask[y0:y1, x0:x1].sum() == seen.mask.sum()
            assert seen.mask[y0:y1, [x0, x1 - 1]].any(0).all()
            assert seen.mask[[y0, y1 - 1], x0:x1].any(1).all()


def test_the_same_seed_takes_the_same_photograph():
    one, other = taken(3), taken(3)
    assert np.array_equal(one.image, other.image) and np.array_equal(one.mask, other.mask)
    assert not np.array_equal(one.image, taken(4).image)


def test_one_seed_shows_one_scene_at_any_size():
    """The mask covers the same part of the frame, up to the pixels of its outline."""
    compared = 0
    for seed in range(6):
        small, large = taken(seed), taken(seed, size=(512, 384))
        if small.box is None:
            continue
        halved = large.mask.reshape(192, 2, 256, 2).mean((1, 3)) > 0.5
        shared, total = (halved & small.mask).sum(), (halved | small.mask).sum()
        assert shared / total > 0.4
        compared += 1
    assert compared >= 4


def test_wells_differ_in_light_and_specimens_in_contrast():
    seen = [taken(seed, "whole") for seed in range(12)]
    greys = [np.median(one.image) for one in seen]
    tints = [np.subtract(*np.median(one.image, (0, 1))[[0, 2]]) for one in seen]
    assert np.ptp(greys) > 25 and np.ptp(tints) > 15
    contrast = [
        np.median(one.image[~one.mask]) - np.median(one.image[one.mask])
        for one in seen
        if one.box is not None
    ]
    assert min(contrast) < 25 < max(contrast)


def test_litter_and_blur_change_what_is_seen(monkeypatch):
    """Litter is no part of the mask; a specimen out of focus is outlined where it is seen."""
    littered = [taken(seed) for seed in range(6)]
    monkeypatch.setattr(hard, "_litter", lambda *_: None)
    clean = [taken(seed) for seed in range(6)]
    pairs = list(zip(littered, clean, strict=True))
    assert all(np.array_equal(one.mask, other.mask) for one, other in pairs)
    assert sum(not np.array_equal(one.image, other.image) for one, other in pairs) >= 4
    blurred = [taken(seed, "blurred") for seed in range(6)]
    monkeypatch.setattr(cv2, "GaussianBlur", lambda pixels, *_: pixels)
    sharp = [taken(seed, "blurred") for seed in range(6)]
    assert any(
        not np.array_equal(one.mask, other.mask) for one, other in zip(blurred, sharp, strict=True)
    )


def test_a_sheet_has_no_well_and_may_have_a_specimen_that_fills_the_frame(monkeypatch):
    monkeypatch.setattr(hard, "_SHEETS", 1.0)
    sheets = [taken(seed, condition) for seed in range(10) for condition in ("whole", "empty")]
    monkeypatch.setattr(hard, "_SHEETS", 0.0)
    wells = [taken(seed, condition) for seed in range(10) for condition in ("whole", "empty")]

    def widest(photographs):
        return max(seen.box[2] - seen.box[0] for seen in photographs if seen.box is not None)

    assert widest(sheets) > 1.5 * widest(wells)

    # A well's rim and rings are its strongest edges; a sheet has none.
    def edges(photographs):
        return np.median(
            [np.abs(np.diff(seen.image[..., 1].astype(int))).mean() for seen in photographs[1::2]]
        )

    assert edges(sheets) < 0.7 * edges(wells)


def test_a_bent_specimen_and_its_mask_stay_together():
    """Where the picture of a disc is bent to, its mask is too."""
    disc = np.hypot(*np.mgrid[-40:40, -60:60]) < 25
    change = np.repeat(100.0 * disc[..., None], 3, 2).astype(np.float32)
    bent, mask = hard._bend(change, disc, 4.0, np.random.default_rng(0))
    assert not np.array_equal(mask, disc)
    assert ((bent[..., 0] > 50) != mask).mean() < 0.01
    same, kept = hard._bend(change, disc, 0.0, np.random.default_rng(0))
    assert np.array_equal(kept, disc) and np.allclose(same, change)
