"""AP, AR and the recognition of empty wells."""

from pathlib import Path

import numpy as np
import pytest

from bioscan.detect.annotations import Annotated
from bioscan.detect.evaluation import (
    EVALUATED_SCHEMA,
    corners,
    evaluate_detections,
    intersection_over_union,
    list_evaluated,
)

BOX = [100, 100, 100, 100]
#: BOX as the detector gives it, and 20 to the right: 80 · 100 of 120 · 100 pixels are shared.
EXACT, SHIFTED = (100, 100, 200, 200), (120, 100, 220, 200)


def wells(*boxes: list[int] | None) -> list[Annotated]:
    """Images with a box, or empty ones."""
    return [
        Annotated(f"{n}.jpg", (1024, 768), np.array(box or [], np.float32).reshape(-1, 4), ())
        for n, box in enumerate(boxes)
    ]


def evaluate(first, second, third=(EXACT, 0.1), fourth=(EXACT, 0.1), box=BOX):
    """Evaluate the boxes and scores of two images with an insect, and of two empty wells."""
    boxes, scores = zip(first, second, third, fourth, strict=True)
    annotated = wells(box, box, None, None)
    return evaluate_detections(annotated, np.array(boxes), np.array(scores), threshold=0.5)


def test_perfect_boxes_score_1():
    assert evaluate((EXACT, 0.9), (EXACT, 0.8)) == pytest.approx(
        {
            "photographs": 4,
            "ap_75": 1,
            "ar_50_95": 1,
            "mean_iou": 1,
            "empty_recognised": 1,
            "insects_lost": 0,
        }
    )


def test_boxes_elsewhere_score_0():
    elsewhere = (500, 500, 600, 600)
    found = evaluate((elsewhere, 0.9), (elsewhere, 0.8))
    assert (found["ap_75"], found["ar_50_95"], found["mean_iou"]) == (0, 0, 0)


def test_a_shifted_box_costs_recall_and_precision():
    """Its IoU is 2/3: right at 0.50, 0.55, 0.60 and 0.65, wrong at the other six."""
    found = evaluate((EXACT, 0.9), (SHIFTED, 0.8))
    assert found["mean_iou"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["ar_50_95"] == pytest.approx((4 * 1 + 6 * 0.5) / 10)
    # At 0.75 one of two is found, without a mistake before it: 51 of COCO's 101 recall points.
    assert found["ap_75"] == pytest.approx(51 / 101)


def test_a_mistake_that_scores_higher_costs_more_precision():
    found = evaluate((EXACT, 0.8), (SHIFTED, 0.9))
    # Half of the boxes down to the right one are right.
    assert found["ap_75"] == pytest.approx(51 / 101 / 2)


def test_the_metrics_are_for_any_score():
    found = evaluate((EXACT, 0.02), (EXACT, 0.01))
    assert found["ap_75"] == found["ar_50_95"] == 1


def test_the_metrics_are_for_any_size_of_insect():
    small = (100, 100, 104, 104)
    found = evaluate((small, 0.9), (small, 0.9), box=[100, 100, 4, 4])
    assert found["ap_75"] == found["ar_50_95"] == 1


def test_empty_wells_do_not_cost_precision():
    found = evaluate((EXACT, 0.5), (EXACT, 0.4), (EXACT, 0.99), (EXACT, 0.98))
    assert found["ap_75"] == 1


@pytest.mark.parametrize(
    ("scores", "recognised", "lost"),
    [
        ((0.9, 0.8, 0.5, 0.1), 1.0, 0.0),  # exactly the threshold is no insect
        ((0.9, 0.5, 0.51, 0.1), 0.5, 0.5),
        ((0.2, 0.1, 0.9, 0.8), 0.0, 1.0),
    ],
)
def test_empty_wells_and_lost_insects_are_counted(scores, recognised, lost):
    found = evaluate(*((EXACT, score) for score in scores))
    assert (found["empty_recognised"], found["insects_lost"]) == (recognised, lost)


def test_without_empty_wells_there_is_no_share_of_them():
    found = evaluate_detections(
        wells(BOX, BOX), np.array([EXACT, EXACT]), np.array([0.9, 0.8]), threshold=0.5
    )
    assert found["empty_recognised"] is None
    assert found["ap_75"] == 1


def test_of_empty_wells_alone_there_is_no_precision():
    found = evaluate_detections(wells(None), np.array([EXACT]), np.array([0.1]), threshold=0.5)
    assert found == {
        "photographs": 1,
        "ap_75": None,
        "ar_50_95": None,
        "mean_iou": None,
        "empty_recognised": 1,
        "insects_lost": None,
    }


def test_a_single_right_box_is_found():
    """pycocotools takes an annotation whose number is 0 for none."""
    found = evaluate_detections(wells(BOX), np.array([EXACT]), np.array([0.9]), threshold=0.5)
    assert found["ap_75"] == pytest.approx(1)


def test_each_image_is_listed_with_the_annotated_box_that_fits_best():
    two = Annotated("two.jpg", (1024, 768), np.array([BOX, [120, 100, 100, 100]], np.float32), ())
    (one, empty), boxes = wells(BOX, None), np.array([SHIFTED, EXACT, EXACT], np.float32)
    items = [(Path("a.zip"), one), (Path("b"), two), (Path("a.zip"), empty)]
    table = list_evaluated(items, boxes, np.array([0.9, 0.8, 0.1]))
    assert table.schema == EVALUATED_SCHEMA
    assert table["iou"].to_list() == pytest.approx([2 / 3, 1, None])
    assert table.drop("iou").rows() == [
        ("a.zip", "0.jpg", [[100, 100, 200, 200]], list(SHIFTED), 0.9),
        ("b", "two.jpg", [[100, 100, 200, 200], [120, 100, 220, 200]], list(EXACT), 0.8),
        ("a.zip", "1.jpg", [], list(EXACT), 0.1),
    ]


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
