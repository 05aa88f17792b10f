"""AP and AR of a detector on annotated photographs, as COCO defines them."""

import contextlib
import io
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from bioscan.core.errors import InputError


def evaluate_detections(
    coco_file: Path,
    boxes: dict[int, tuple[np.ndarray, float]],
    empty: set[int],
    threshold: float,
) -> dict[str, float | None]:
    """Compare the best box of each photograph with the annotated ones.

    Args:
        coco_file: the annotations.
        boxes: image id → ((x0, y0, x1, y1) in pixels, score).
        empty: the photographs that show no insect.
        threshold: a box that scores no more is no insect.

    Returns:
        `ap_75` (AP at IoU 0.75) and `ar_50_95` (AR over IoU 0.50 to 0.95), as in 1M Table A5 and
        5M Table A7, and `mean_iou`, of the photographs that show an insect, whatever the score;
        `empty_recognised`, the share of the empty wells that score no more than the threshold
        (null where there are none), and `insects_lost`, that share of the others.

    Raises:
        InputError: no photograph shows an insect.
    """
    if not boxes.keys() - empty:
        raise InputError(f"{coco_file}: no photograph with a box to judge the detector by")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(coco_file))
        for note in truth.anns.values():  # which COCOeval needs, and plain annotations leave out
            note.setdefault("iscrowd", 0)
            note.setdefault("area", note["bbox"][2] * note["bbox"][3])
        category = truth.getCatIds()[0]
        found = truth.loadRes(
            [
                {
                    "image_id": image_id,
                    "category_id": category,
                    "bbox": [float(v) for v in (x0, y0, x1 - x0, y1 - y0)],
                    "score": score,
                }
                for image_id, ((x0, y0, x1, y1), score) in boxes.items()
            ]
        )
        judge = COCOeval(truth, found, "bbox")
        judge.params.imgIds = sorted(boxes.keys() - empty)
        # pycocotools sorts areas into small, medium and large; the published figures are for all.
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [1]
        judge.evaluate()
        judge.accumulate()
    precision, recall = judge.eval["precision"], judge.eval["recall"]
    at_75 = int(np.argmin(abs(judge.params.iouThrs - 0.75)))
    ious = [
        intersection_over_union(boxes[note["image_id"]][0], corners(note["bbox"]))
        for note in truth.loadAnns(truth.getAnnIds())
    ]
    silent = {image_id for image_id, (_, score) in boxes.items() if score <= threshold}
    full = boxes.keys() - empty
    return {
        "ap_75": float(precision[at_75, :, 0, 0, 0].mean()),
        "ar_50_95": float(recall[:, 0, 0, 0].mean()),
        "mean_iou": float(np.mean(ious)),
        "empty_recognised": len(silent & empty) / len(empty) if empty else None,
        "insects_lost": len(silent & full) / len(full),
    }


def corners(box: list[float]) -> tuple[float, float, float, float]:
    """COCO's (x, y, width, height) as (x0, y0, x1, y1)."""
    x, y, w, h = box
    return x, y, x + w, y + h


def intersection_over_union(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Of two boxes (x0, y0, x1, y1)."""
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = w * h
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / total if total > 0 else 0.0
