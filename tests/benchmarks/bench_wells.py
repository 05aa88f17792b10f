"""How well detectors crop real wells that none has seen: the figures of workflow/docs/detect.md.

The wells are divided by the MD5 of their names, so that the half that is reported has none of those
on which a scene, a setting or a threshold may be chosen.
"""

import os
import time
from hashlib import md5
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from bioscan.core.intervals import wilson_interval
from bioscan.detect.annotations import Annotated, AnnotatedImages
from bioscan.detect.evaluation import evaluate_detections, list_evaluated
from bioscan.detect.looks import build_looks
from bioscan.detect.model import load_detector, scaling_of
from bioscan.detect.prediction import detect_all
from bioscan.detect.settings import DetectorSettings
from tests.unit.configs import layout
from tests.workflow.runs import ROOT

#: Real wells, not everywhere at hand: instances.json (COCO) beside the images.
WELLS = Path(os.environ.get("WELLS", ROOT.parent / "shared" / "real" / "wells"))

#: Resamples of the wells for the interval of the mean IoU.
RESAMPLES = 2000


def bench_crops_of_real_wells() -> None:
    """Overlap, empty wells recognised and insects lost, by the detectors of the demo's config."""
    if not (WELLS / "instances.json").exists():
        pytest.skip(f"{WELLS} is not at hand")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    detectors = layout("demo").detect.detectors
    for name in detectors:
        settings = DetectorSettings(**detectors.settings(name))
        detector = load_detector(ROOT / detectors[name]["weights"])
        wells = AnnotatedImages([(WELLS / "instances.json", WELLS)], scaling_of(detector, settings))
        start = time.perf_counter()
        boxes, scores, _ = detect_all(
            build_looks(detector, settings, threads=1),
            ((row, wells[row][0]) for row in range(len(wells))),
            len(wells),
            settings.predict_batch_size,
        )
        speed = len(wells) / (time.perf_counter() - start)
        items = [item for _, item in wells.items]
        boxes = boxes * np.tile([item.size for item in items], 2)
        print(f"\n  {name} ({detectors[name]['weights']}): {speed:.1f} wells per second of a core")
        reported = np.array([_reported(item.file_name) for item in items])
        for half, chosen in (("chosen on", ~reported), ("reported", reported)):
            rows = np.flatnonzero(chosen)
            some = [items[row] for row in rows]
            print(f"  {half}: {_described(some, boxes[rows], scores[rows], settings.threshold)}")


def _reported(name: str) -> bool:
    """Whether a well is of the half that is reported: by the first digit of its MD5."""
    return int(md5(name.split(".")[0].encode()).hexdigest()[0], 16) % 4 >= 2


def _described(
    wells: list[Annotated], boxes: np.ndarray, scores: np.ndarray, threshold: float
) -> str:
    found = evaluate_detections(wells, boxes, scores, threshold)
    full = np.array([len(item.boxes) > 0 for item in wells])
    listed = list_evaluated([(WELLS, item) for item in wells], boxes, scores)
    ious = listed["iou"].drop_nulls().to_numpy()
    rng = np.random.default_rng(0)
    means = rng.choice(ious, (RESAMPLES, len(ious))).mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    shares = [
        f"{_share(scores[~full] <= threshold)} of the empty wells recognised",
        f"{_share(scores[full] <= threshold)} of the insects lost",
    ]
    overlap = f"mean IoU {found['mean_iou']:.3f} ({low:.3f} to {high:.3f})"
    return (
        f"{len(wells)} wells, {overlap}, AP[.75] {found['ap_75']:.3f} (IoU above it: "
        f"{_share(ious > 0.75)}), AR {found['ar_50_95']:.3f}; {', '.join(shares)}"
    )


def _share(hits: np.ndarray) -> str:
    low, high = wilson_interval(float(hits.mean()), len(hits))
    return f"{hits.sum()} of {len(hits)}, {hits.mean():.1%} ({low:.1%} to {high:.1%})"
