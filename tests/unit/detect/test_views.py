"""What a detector that looks twice sees in training."""

import json

import numpy as np
import pytest
import torch

from bioscan.core.images import encode
from bioscan.detect.annotations import AnnotatedImages
from bioscan.detect.model import Scaling
from bioscan.detect.views import ELSEWHERE, WHOLE, choose_part

ZOOM = 4
BOX = np.array([0.4, 0.5, 0.5, 0.6])
WELL = np.full((96, 128, 3), 200, np.uint8)


def parts(pixels, box, count=2000):
    rng = np.random.default_rng(0)
    return np.array([choose_part(pixels, box, ZOOM, rng) for _ in range(count)])


@pytest.mark.parametrize("box", [BOX, None])
def test_parts_lie_in_the_image_and_have_its_aspect(box):
    x, y, w, h = parts(WELL, box).T
    assert (w == h).all() and w.min() >= 1 / ZOOM and w.max() <= 1
    assert min(x.min(), y.min()) >= 0 and max((x + w).max(), (y + h).max()) <= 1 + 1e-9
    assert (w == 1).mean() == pytest.approx(WHOLE, abs=0.05)


def test_most_parts_show_the_middle_of_the_insect():
    found = parts(WELL, BOX)
    found = found[found[:, 2] < 1]
    middle = (BOX[:2] + BOX[2:]) / 2
    inside = ((found[:, :2] < middle) & (middle < found[:, :2] + found[:, 2:])).all(1)
    assert 1 - ELSEWHERE <= inside.mean() < 1


def test_without_an_insect_parts_show_what_stands_out():
    flake = WELL.copy()
    flake[70:74, 100:104] = 60
    found = parts(flake, None)
    found = found[found[:, 2] < 1]
    point = np.array([102 / 128, 72 / 96])
    inside = ((found[:, :2] < point) & (point < found[:, :2] + found[:, 2:])).all(1)
    assert inside.mean() > 0.8


@pytest.fixture
def images(tmp_path):
    """One image of 256 × 192 pixels, dark where its insect is."""
    pixels = np.full((192, 256, 3), 220, np.uint8)
    pixels[100:120, 120:150] = 20
    (tmp_path / "a.jpg").write_bytes(encode(pixels, 95))
    polygon = [120, 100, 150, 100, 150, 120, 120, 120]
    coco = {
        "images": [{"id": 0, "file_name": "a.jpg", "width": 256, "height": 192}],
        "annotations": [{"image_id": 0, "segmentation": [polygon]}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    scaling = Scaling(192, 256, multiple=ZOOM)
    return AnnotatedImages([(tmp_path / "coco.json", tmp_path)], scaling, zoom=ZOOM)


def test_training_sees_a_look_and_its_mask(images):
    for seed in range(40):
        image, labels = images[0, seed]
        assert image.shape == (3, 48, 64) and labels["mask"].shape == (1, 48, 64)
        dark = (image.mean(0) < 0)[None]
        assert ((labels["mask"] > 0.5) ^ dark).sum() <= 0.1 * max(1, dark.sum()) + 4
        again, _ = images[0, seed]
        assert torch.equal(image, again)


def test_prediction_sees_the_image_at_the_closest_look(images):
    image, labels = images[0]
    assert image.shape == (3, 192, 256) and labels["mask"].shape == (1, 192, 256)


def test_boxes_follow_the_part(images):
    for seed in range(40):
        _, labels = images[0, seed]
        mask = labels["mask"][0] > 0.5
        if mask.any():
            rows, columns = torch.nonzero(mask, as_tuple=True)
            cx, cy, w, h = labels["boxes"][0].tolist()
            assert w * 64 == pytest.approx(columns.max() - columns.min() + 1, abs=2)
            assert h * 48 == pytest.approx(rows.max() - rows.min() + 1, abs=2)
            assert cx * 64 == pytest.approx((columns.max() + columns.min() + 1) / 2, abs=1.5)
            assert cy * 48 == pytest.approx((rows.max() + rows.min() + 1) / 2, abs=1.5)
