"""A specimen is painted where its pose puts it, part by part."""

import numpy as np
import pytest

from bioscan.simulate.canvas import Canvas
from bioscan.simulate.insect import FORE_PARTS, PARTS, Pose, draw_insect, reach
from bioscan.simulate.phenotype import phenotype

FLY = phenotype(("Arthropoda", "Insecta", "Diptera", "Muscidae", None, None, None), 1)
SPIDER = phenotype(("Arthropoda", "Arachnida", "Araneae", None, None, None, None), 1)


def painted(parts: tuple[str, ...] = PARTS, looks=FLY, seed: int = 0, side: int = 0) -> np.ndarray:
    """The cover of a specimen of 2 mm in the middle of 10 × 10 mm, at 20 px/mm."""
    canvas = Canvas(
        np.full((200, 200, 3), 200, np.uint8), 20.0, cover=np.zeros((200, 200), np.uint8)
    )
    pose = Pose((5.0, 5.0), 0.3, 2.0, side)
    draw_insect(canvas, looks, pose, np.random.default_rng(seed), parts)
    return canvas.cover


def test_points_turn_with_the_heading():
    pose = Pose((1.0, 2.0), np.pi / 2, 2.0, 0)
    assert pose.at(0.0, 0.0) == pytest.approx([1, 2])
    assert pose.at(0.5, 0.0) == pytest.approx([1, 3])
    assert pose.at(np.array([0.0, 0.5]), np.array([0.5, 0.0])).shape == (2, 2)


@pytest.mark.parametrize("side", [-1, 0, 1])
@pytest.mark.parametrize("looks", [FLY, SPIDER])
def test_no_part_lies_beyond_the_reach(looks, side: int):
    for seed in range(5):
        rows, columns = np.nonzero(painted(looks=looks, seed=seed, side=side))
        distance = np.hypot(columns + 0.5 - 100, rows + 0.5 - 100) / 20 / 2.0
        assert distance.max() <= reach(looks) + 0.1


def test_each_part_adds_to_the_mask():
    whole = np.count_nonzero(painted())
    for part in PARTS:
        alone = np.count_nonzero(painted((part,)))
        assert 0 < alone < whole
    assert np.count_nonzero(painted(())) == 0


def test_the_fore_parts_are_all_but_the_abdomen():
    assert {*FORE_PARTS, "abdomen"} == set(PARTS)


def test_wingless_animals_have_no_wings():
    assert SPIDER.wing_pairs == 0
    assert not painted(("wings",), SPIDER).any()
