"""Engines, held against eager torch."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch
from transformers import (
    DeformableDetrConfig,
    DeformableDetrForObjectDetection,
    DetrForObjectDetection,
    PreTrainedModel,
    ResNetConfig,
)

from bioscan.detect.engine import (
    HALF_PRECISION_BOX,
    HALF_PRECISION_SCORE,
    TOLERANCE,
    in_half_precision,
    in_openvino,
    in_torch,
)
from bioscan.detect.model import load_detector, prepare
from bioscan.detect.segmentation import SegmentationDetector
from bioscan.simulate.phenotype import RANK_STEPS, phenotype
from bioscan.simulate.photographs import photograph

TRAINED = Path(__file__).parents[3] / "config" / "detectors"


def sensitive(detector: PreTrainedModel) -> PreTrainedModel:
    """A detector whose large weights make its answer depend on what it sees."""
    with torch.no_grad():
        for parameter in detector.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3)
    return detector


@pytest.fixture
def detr(tiny_config):
    torch.manual_seed(0)
    return sensitive(DetrForObjectDetection(tiny_config))


@pytest.fixture
def timm_detr(tiny_detector, tmp_path):
    """One with a backbone of timm, as the published weights have."""
    config = json.loads((tiny_detector / "config.json").read_text())
    config |= {"backbone_config": None, "use_timm_backbone": True, "backbone": "resnet18"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    return load_detector(tmp_path)


@pytest.fixture
def deformable_detr():
    backbone = ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = DeformableDetrConfig(
        backbone_config=backbone,
        use_timm_backbone=False,
        num_labels=1,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_feature_levels=3,
        num_queries=5,
    )
    torch.manual_seed(0)
    return sensitive(DeformableDetrForObjectDetection(config))


@pytest.fixture
def segmentation_detector():
    torch.manual_seed(0)
    network = smp.Unet("tu-test_resnet", encoder_weights=None, decoder_channels=(16, 16, 8, 8, 8))
    return SegmentationDetector(network)


@pytest.fixture(params=["rt_detr_wells", "lite0_wells"])
def trained(request):
    return load_detector(TRAINED / request.param)


@pytest.fixture(scope="module")
def wells() -> torch.Tensor:
    """Eight simulated images, as small detectors see them."""
    rng = np.random.default_rng(0)
    lineage = ("Arthropoda", "Insecta", "Diptera", "Cecidomyiidae")
    lineage += (None,) * (len(RANK_STEPS) - len(lineage))
    insects = (phenotype(lineage, seed) for seed in range(8))
    seen = (photograph(insect, rng, (512, 384)).image for insect in insects)
    return torch.stack([prepare(pixels, (256, 192)) for pixels in seen])


def noise(height: int, width: int) -> torch.Tensor:
    return torch.randn(3, 3, height, width, generator=torch.Generator().manual_seed(0))


#: Areas are counts of pixels, of which some are at the threshold.
AREA_TOLERANCE = 0.01


def assert_same(found, expected, box_tolerance=TOLERANCE, score_tolerance=TOLERANCE):
    for one, other, tolerance in zip(
        found, expected, (box_tolerance, score_tolerance, AREA_TOLERANCE), strict=True
    ):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


# Boxes


@pytest.mark.parametrize("kind", ["detr", "deformable_detr", "segmentation_detector"])
def test_boxes_and_scores_are_fractions(kind, request):
    boxes, scores, areas = in_torch(request.getfixturevalue(kind), "cpu")(noise(192, 256))
    assert boxes.shape == (3, 4) and scores.shape == (3,)
    assert boxes.min() >= 0 and boxes.max() <= 1
    assert (boxes[:, :2] <= boxes[:, 2:]).all()
    assert scores.min() > 0 and scores.max() < 1
    if kind == "segmentation_detector":
        assert areas.min() >= 0 and areas.max() <= 1
    else:
        assert np.isnan(areas).all()


def test_the_best_query_gives_the_box(tiny_config):
    detector = DetrForObjectDetection(tiny_config)
    logits = torch.zeros(2, 5, 2)
    logits[0, 3, 0] = logits[1, 1, 0] = np.log(4)  # 4 : 1 against "no object"
    boxes = torch.rand(2, 5, 4)
    boxes[0, 3] = torch.tensor([0.5, 0.5, 0.5, 0.75])
    boxes[1, 1] = torch.tensor([0.9, 0.1, 0.4, 0.1])  # beyond the right edge
    detector.forward = lambda **_: SimpleNamespace(logits=logits, pred_boxes=boxes)
    found, scores, _ = in_torch(detector, "cpu")(torch.zeros(2, 3, 64, 64))
    np.testing.assert_allclose(found, [[0.25, 0.125, 0.75, 0.875], [0.7, 0.05, 1, 0.15]], atol=1e-6)
    np.testing.assert_allclose(scores, [0.8, 0.8], atol=1e-6)


def test_without_a_second_class_the_score_is_by_itself(tiny_config):
    """As in RT-DETR and Deformable DETR."""
    detector = DetrForObjectDetection(tiny_config)
    answer = SimpleNamespace(
        logits=torch.tensor([[[0.0], [np.log(4)]]]), pred_boxes=torch.zeros(1, 2, 4)
    )
    detector.forward = lambda **_: answer
    _, scores, _ = in_torch(detector, "cpu")(torch.zeros(1, 3, 64, 64))
    np.testing.assert_allclose(scores, [0.8], atol=1e-6)


def test_the_box_of_a_mask(segmentation_detector):
    logits = torch.full((1, 1, 20, 40), -5.0)
    logits[0, 0, 4:14, 10:30] = 5
    segmentation_detector.forward = lambda **_: SimpleNamespace(logits=logits, verdicts=None)
    boxes, scores, areas = in_torch(segmentation_detector, "cpu")(torch.zeros(1, 3, 20, 40))
    np.testing.assert_allclose(boxes, [[0.25, 0.2, 0.75, 0.7]])
    np.testing.assert_allclose(areas, [0.25])
    np.testing.assert_allclose(scores, [torch.sigmoid(torch.tensor(5.0))], rtol=1e-6)


def test_the_verdict_is_the_score(segmentation_detector):
    answer = SimpleNamespace(
        logits=torch.full((2, 1, 20, 40), 5.0),
        verdicts=torch.tensor([[np.log(4), np.log(3)], [np.log(1 / 4), 0.0]], dtype=torch.float32),
    )
    segmentation_detector.forward = lambda **_: answer
    _, scores, _ = in_torch(segmentation_detector, "cpu")(torch.zeros(2, 3, 20, 40))
    np.testing.assert_allclose(scores, [0.5 + 3 / 4 / 2, 1 / 5], rtol=1e-6)


def test_a_box_that_its_sides_do_not_share_scores_less(segmentation_detector):
    """Pixels of the left half; sides of the left half, and of the whole image."""
    logits = torch.full((2, 5, 32, 64), -50.0)
    logits[:, 0, :, :32] = 5
    logits[:, 1:3, 0, 0] = 5000  # left and above, of a cell of 16 pixels
    logits[:, 3:, 31, 31] = 5000
    logits[1, 3, 31, 31], logits[1, 3, 31, 63] = -50, 5000
    verdicts = torch.tensor([[9.0, 9.0], [9.0, 9.0]])
    answer = SimpleNamespace(logits=logits, verdicts=verdicts)
    segmentation_detector.forward = lambda **_: answer
    boxes, scores, _ = in_torch(segmentation_detector, "cpu")(torch.zeros(2, 3, 32, 64))
    np.testing.assert_allclose(boxes, [[0, 0, 0.5, 1]] * 2)
    assert scores[0] > 0.85
    assert scores[1] == pytest.approx(0.75, abs=0.05)


# OpenVINO


@pytest.mark.parametrize("kind", ["detr", "timm_detr", "deformable_detr", "segmentation_detector"])
def test_openvino_finds_what_eager_torch_finds(kind, request):
    """Also in images of other sizes than the first ones, by which it is converted."""
    detector = request.getfixturevalue(kind)
    found, expected = in_openvino(detector, threads=1), in_torch(detector, "cpu")
    scores = []
    for size in ((64, 96), (96, 64), (160, 128)):
        images = noise(*size)
        assert_same(found(images), expected(images))
        scores.extend(expected(images)[1])
    assert np.ptp(scores) > 1e-3  # they do depend on what is seen


@pytest.mark.parametrize(
    ("kind", "left_to_torch"), [("detr", 0), ("segmentation_detector", 0), ("deformable_detr", 1)]
)
def test_sizes_that_the_conversion_does_not_fit_are_left_to_torch(
    kind, left_to_torch, request, caplog
):
    """Deformable DETR's levels keep the size of the first images."""
    found = in_openvino(request.getfixturevalue(kind), threads=1)
    for size in ((64, 96), (96, 64), (96, 64)):
        found(noise(*size))
    assert caplog.messages == ["images scaled to 64×96 run in torch"] * left_to_torch


def test_openvino_finds_what_eager_torch_finds_in_wells(trained, wells):
    found, expected = in_openvino(trained, 1)(wells), in_torch(trained, "cpu")(wells)
    assert_same(found, expected)
    assert np.ptp(expected[0], axis=0).min() > 0.05


def test_several_threads_keep_images_in_order(detr):
    images = torch.cat([noise(64, 96), noise(96, 64).transpose(2, 3)])
    scores = in_torch(detr, "cpu")(images)[1]
    assert np.diff(np.sort(scores)).min() > 10 * TOLERANCE
    np.testing.assert_allclose(in_openvino(detr, 3)(images)[1], scores, atol=TOLERANCE)


def test_openvino_keeps_off_other_jobs_processors(detr):
    """Pinned to a processor, the jobs of a machine would all get its first ones."""
    engine = in_openvino(detr, threads=1)
    engine(noise(256, 256))
    allowed = set()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: [engine(noise(256, 256)) for _ in range(5)])
        while not running.done():
            threads = Path("/proc/self/task").iterdir()
            allowed |= {frozenset(os.sched_getaffinity(int(thread.name))) for thread in threads}
    assert allowed == {frozenset(os.sched_getaffinity(0))}


def test_openvino_reports_to_nobody(detr):
    in_openvino(detr, threads=1)(noise(64, 64))
    telemetry = sys.modules["openvino.tools.ovc"].telemetry
    assert type(telemetry).__module__ == "openvino.tools.ovc.telemetry_stub"


# Half precision


@pytest.mark.parametrize(
    "device",
    [
        "cpu",
        pytest.param(
            "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
        ),
    ],
)
def test_half_precision_finds_nearly_what_eager_torch_finds(wells, device):
    trained = load_detector(TRAINED / "rt_detr_wells")
    expected = in_torch(trained, "cpu")(wells)
    found = in_half_precision(trained, device, torch.bfloat16)(wells)
    assert_same(found, expected, HALF_PRECISION_BOX, HALF_PRECISION_SCORE)
    assert not np.array_equal(found[1], expected[1])
