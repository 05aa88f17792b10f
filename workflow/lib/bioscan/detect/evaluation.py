"""AP and AR of a detector on annotated images, as COCO defines them."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from bioscan.detect.annotations import Annotated
from bioscan.detect.model import INSECT

#: Columns of the images that a detector was evaluated on: the folder or zip and the file in it; the
#: annotated boxes and the detector's best one as x0, y0, x1, y1 in pixels; and the intersection
#: over union of this one with the annotated box that it fits best, null for an empty well.
EVALUATED_SCHEMA: dict[str, pl.DataType] = {
    "images": pl.String(),
    "file_name": pl.String(),
    "annotated": pl.List(pl.List(pl.Float64())),
    "box": pl.List(pl.Float64()),
    "score": pl.Float64(),
    "iou": pl.Float64(),
}


def evaluate_detections(
    annotated: Sequence[Annotated], boxes: np.ndarray, scores: np.ndarray, threshold: float
) -> dict[str, float | int | None]:
    """Compare the best box of each image with the annotated ones.

    Args:
        annotated: the images; those without a box show no insect.
        boxes: (n, 4), their best boxes as x0, y0, x1, y1 in pixels.
        scores: (n,), of these boxes.
        threshold: a box that scores no more than this is no insect.

    Returns:
        `photographs`, the number of images. `ap_75` (AP at IoU 0.75) and `ar_50_95` (AR over IoU
        0.50 to 0.95), as in 1M Table A5 and 5M Table A7, and `mean_iou` (over the insects), for the
        images that show an insect, whatever the score; null where there are none.
        `empty_recognised`, the share of the empty wells that score no more than the threshold
        (null where there are none), and `insects_lost`, that share of the other wells.
    """
    empty = np.array([len(item.boxes) == 0 for item in annotated])
    no_insect = np.asarray(scores) <= threshold
    metrics = {"ap_75": None, "ar_50_95": None, "mean_iou": None}
    if not empty.all():
        full = np.flatnonzero(~empty)
        metrics = _overlap_metrics([annotated[n] for n in full], boxes[full], scores[full])
    return {
        "photographs": len(annotated),
        **metrics,
        "empty_recognised": float(no_insect[empty].mean()) if empty.any() else None,
        "insects_lost": float(no_insect[~empty].mean()) if not empty.all() else None,
    }


def list_evaluated(
    items: Sequence[tuple[Path, Annotated]], boxes: np.ndarray, scores: np.ndarray
) -> pl.DataFrame:
    """The images with their annotated and best boxes, EVALUATED_SCHEMA.

    Args:
        items: the folder or zip of each image, and the image.
        boxes, scores: as in `evaluate_detections`.
    """
    rows = []
    for (images, item), box, score in zip(items, boxes.tolist(), scores.tolist(), strict=True):
        annotated = [corners(given) for given in item.boxes.tolist()]
        iou = max((intersection_over_union(box, given) for given in annotated), default=None)
        rows.append((str(images), item.file_name, annotated, box, score, iou))
    return pl.DataFrame(rows, EVALUATED_SCHEMA, orient="row")


def _overlap_metrics(
    annotated: Sequence[Annotated], boxes: np.ndarray, scores: np.ndarray
) -> dict[str, float]:
    """AP, AR and mean IoU of images that show insects."""
    truth = [
        {"image_id": n, "bbox": box.tolist(), "area": float(box[2] * box[3])}
        for n, item in enumerate(annotated)
        for box in item.boxes
    ]
    found = [
        {
            "image_id": n,
            "category_id": INSECT,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "score": score,
        }
        for n, ((x0, y0, x1, y1), score) in enumerate(
            zip(boxes.tolist(), scores.tolist(), strict=True)
        )
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": n} for n in range(len(annotated))],
            "categories": [{"id": INSECT}],
            "annotations": [
                {**note, "id": n, "category_id": INSECT, "iscrowd": 0}
                for n, note in enumerate(truth, start=1)  # pycocotools takes 0 for "no match"
            ],
        }
        coco.createIndex()
        evaluator = COCOeval(coco, coco.loadRes(found), "bbox")
        # pycocotools sorts areas into small, medium and large; the published values are for all.
        evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluator.params.maxDets = [1]
        evaluator.evaluate()
        evaluator.accumulate()
    precision, recall = evaluator.eval["precision"], evaluator.eval["recall"]
    at_75 = int(np.argmin(abs(evaluator.params.iouThrs - 0.75)))
    ious = [
        intersection_over_union(boxes[note["image_id"]], corners(note["bbox"])) for note in truth
    ]
    return {
        "ap_75": float(precision[at_75, :, 0, 0, 0].mean()),
        "ar_50_95": float(recall[:, 0, 0, 0].mean()),
        "mean_iou": float(np.mean(ious)),
    }


def corners(box: list[float]) -> tuple[float, float, float, float]:
    """COCO's (x, y, width, height) as (x0, y0, x1, y1)."""
    x, y, w, h = box
    return x, y, x + w, y + h


def intersection_over_union(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """The intersection over union of two boxes (x0, y0, x1, y1)."""
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = w * h
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / total if total > 0 else 0.0
