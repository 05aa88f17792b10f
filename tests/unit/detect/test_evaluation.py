"""AP, AR and the judgement of empty wells."""

import json
from pathlib import Path

import pytest

from bioscan.detect.evaluation import corners, evaluate_detections, intersection_over_union

BOX = [100, 100, 100, 100]
#: BOX as the detector gives it, and 20 to the right: 80 · 100 of 120 · 100 pixels are shared.
EXACT, SHIFTED = (100, 100, 200, 200), (120, 100, 220, 200)


@pytest.fixture
def coco(tmp_path) -> Path:
    """Two photographs with an insect (1 and 2), two empty wells (3 and 4)."""
    path = tmp_path / "instances.json"
    images = [
        {"id": n, "file_name": f"{n}.jpg", "width": 1024, "height": 768} for n in (1, 2, 3, 4)
    ]
    annotations = [
        {"id": n, "image_id": n, "category_id": 5, "bbox": BOX, "area": 10_000, "iscrowd": 0}
        for n in (1, 2)
    ]
    categories = [{"id": 5, "name": "insect"}]
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )
    return path


def evaluate(coco, first, second, third=(EXACT, 0.1), fourth=(EXACT, 0.1)):
    boxes = {1: first, 2: second, 3: third, 4: fourth}
    return evaluate_detections(coco, boxes, empty={3, 4}, threshold=0.5)


def test_perfect_boxes_score_1(coco):
    assert evaluate(coco, (EXACT, 0.9), (EXACT, 0.8)) == pytest.approx(
        {
            "ap_75": 1,
            "ar_50_95": 1,
            "mean_iou": 1,
            "empty_recognised": 1,
            "insects_lost": 0,
        }
    )


def test_boxes_elsewhere_score_0(coco):
    elsewhere = (500, 500, 600, 600)
    found = evaluate(coco, (elsewhere, 0.9), (elsewhere, 0.8))
    assert (found["ap_75"], found["ar_50_95"], found["mean_iou"]) == (0, 0, 0)


def test_a_shifted_box_costs_recall_and_precision(coco):
    """Its IoU is 2/3: right at 0.50, 0.55, 0.60 and 0.65, wrong at the other six."""
    found = evaluate(coco, (EXACT, 0.9), (SHIFTED, 0.8))
    assert found["mean_iou"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["ar_50_95"] == pytest.approx((4 * 1 + 6 * 0.5) / 10)
    # At 0.75 one of two is found, without a mistake before it: 51 of COCO's 101 recall points.
    assert found["ap_75"] == pytest.approx(51 / 101)


def test_a_mistake_that_scores_higher_costs_more_precision(coco):
    found = evaluate(coco, (EXACT, 0.8), (SHIFTED, 0.9))
    # Half of the boxes down to the right one are right.
    assert found["ap_75"] == pytest.approx(51 / 101 / 2)


def test_the_figures_are_for_any_score(coco):
    found = evaluate(coco, (EXACT, 0.02), (EXACT, 0.01))
    assert found["ap_75"] == found["ar_50_95"] == 1


def test_the_figures_are_for_any_size_of_insect(coco):
    text = coco.read_text().replace("[100, 100, 100, 100]", "[100, 100, 4, 4]")
    coco.write_text(text.replace("10000", "16"))
    found = evaluate(coco, ((100, 100, 104, 104), 0.9), ((100, 100, 104, 104), 0.9))
    assert found["ap_75"] == found["ar_50_95"] == 1


def test_empty_wells_do_not_cost_precision(coco):
    found = evaluate(coco, (EXACT, 0.5), (EXACT, 0.4), (EXACT, 0.99), (EXACT, 0.98))
    assert found["ap_75"] == 1


@pytest.mark.parametrize(
    ("scores", "recognised", "lost"),
    [
        ((0.9, 0.8, 0.5, 0.1), 1.0, 0.0),  # exactly the threshold is no insect
        ((0.9, 0.5, 0.51, 0.1), 0.5, 0.5),
        ((0.2, 0.1, 0.9, 0.8), 0.0, 1.0),
    ],
)
def test_empty_wells_and_lost_insects_are_counted(coco, scores, recognised, lost):
    found = evaluate(coco, *((EXACT, score) for score in scores))
    assert (found["empty_recognised"], found["insects_lost"]) == (recognised, lost)


def test_without_empty_wells_there_is_no_share_of_them(coco):
    boxes = {1: (EXACT, 0.9), 2: (EXACT, 0.8)}
    found = evaluate_detections(coco, boxes, empty=set(), threshold=0.5)
    assert found["empty_recognised"] is None
    assert found["ap_75"] == 1


def test_annotations_need_no_area_and_no_crowd(coco):
    text = coco.read_text().replace(', "area": 10000, "iscrowd": 0', "")
    assert "area" not in text
    coco.write_text(text)
    assert evaluate(coco, (EXACT, 0.9), (EXACT, 0.8))["ap_75"] == 1


def test_corners():
    assert corners([10, 20, 5, 7]) == (10, 20, 15, 27)


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        ((0, 0, 10, 10), 1),
        ((5, 0, 15, 10), 1 / 3),
        ((2, 2, 7, 7), 0.25),
        ((10, 0, 20, 10), 0),  # they touch
        ((20, 20, 30, 30), 0),
        ((5, 5, 5, 5), 0),
    ],
)
def test_intersection_over_union(other, iou):
    assert intersection_over_union((0, 0, 10, 10), other) == pytest.approx(iou)
    assert intersection_over_union(other, (0, 0, 10, 10)) == pytest.approx(iou)
