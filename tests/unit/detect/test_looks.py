"""Looking twice."""

import numpy as np
import pytest
import torch

from bioscan.detect.looks import MARGIN, look_closer, look_twice, surroundings

ZOOM = 4


def look(images: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds what is brighter than 0.5; its score is the greatest brightness."""
    boxes, scores, areas = [], [], []
    for image in images:
        _, height, width = image.shape
        rows, columns = np.nonzero(image[0].numpy() > 0.5)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        boxes.append(np.array(box) / [width, height, width, height])
        scores.append(image.max())
        areas.append(len(rows) / (width * height))
    return tuple(np.array(values, np.float32) for values in (boxes, scores, areas))


def scene(x0: int, y0: int, x1: int, y1: int) -> torch.Tensor:
    """A dark image (1, 3, 768, 1024) with a bright box."""
    image = torch.zeros(1, 3, 768, 1024)
    image[..., y0:y1, x0:x1] = 1
    return image


# The first look sees a box to six pixels; its surroundings hold it all the same.
@pytest.mark.parametrize("box", [(400, 300, 480, 360), (401, 301, 483, 363), (0, 0, 50, 30)])
def test_the_second_look_finds_the_box_to_a_pixel(box):
    boxes, scores, areas = look_twice(look, ZOOM)(scene(*box))
    np.testing.assert_allclose(boxes[0] * [1024, 768, 1024, 768], box, atol=1.01)
    assert areas[0] * 1024 * 768 == pytest.approx((box[2] - box[0]) * (box[3] - box[1]), rel=0.06)
    assert scores[0] == pytest.approx(1)
    assert {array.dtype for array in (boxes, scores, areas)} == {np.dtype(np.float32)}


def test_the_second_look_is_finer_than_the_first():
    box = (401, 301, 483, 363)
    once, *_ = look(torch.nn.functional.avg_pool2d(scene(*box), ZOOM))
    twice, *_ = look_twice(look, ZOOM)(scene(*box))
    first, second = (np.abs(b[0] * [1024, 768, 1024, 768] - box).max() for b in (once, twice))
    assert second < first


def test_the_first_look_is_at_two_thirds_of_the_second_s_edges():
    seen = []

    def recorded(images: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        seen.append(tuple(images.shape[2:]))
        return look(images)

    look_twice(recorded, 2)(scene(400, 300, 480, 360))
    assert seen == [(256, 352), (384, 512)]  # to multiples of 32


def test_the_score_is_the_second_look_s():
    # A speck that the mean of 16 pixels halves is bright in the second look only.
    speck = scene(400, 300, 480, 360)
    speck[..., 320:324, 420:422] = 3
    assert look(torch.nn.functional.avg_pool2d(speck, ZOOM))[1][0] == pytest.approx(2)
    assert look_twice(look, ZOOM)(speck)[1][0] == pytest.approx(3, rel=0.15)


def test_the_closer_look_sees_the_surroundings_at_the_size_of_a_look():
    parts, closer = look_closer(look, scene(400, 300, 480, 360), ZOOM)
    assert closer.shape == (1, 3, 192, 256)
    # 80 of 1024 pixels, 1.8 times: less than a quarter of the width, the least.
    # The first look sees the box to six pixels.
    np.testing.assert_allclose(parts[0] * [1024, 768, 1024, 768], [312, 234, 256, 192], atol=3)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (
            (0.4, 0.4, 0.6, 0.5),
            (0.5 - 0.1 * MARGIN, 0.45 - 0.1 * MARGIN, 0.2 * MARGIN, 0.2 * MARGIN),
        ),
        ((0.5, 0.5, 0.5, 0.5), (0.375, 0.375, 0.25, 0.25)),  # never less than 1 / zoom
        ((0.0, 0.9, 0.1, 1.0), (0.0, 0.75, 0.25, 0.25)),  # moved into the image
        ((0.1, 0.2, 0.9, 0.8), (0.0, 0.0, 1.0, 1.0)),  # never more than the image
    ],
)
def test_surroundings(box, expected):
    np.testing.assert_allclose(surroundings(np.array(box), ZOOM, MARGIN), expected, atol=1e-12)
