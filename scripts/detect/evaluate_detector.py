"""Evaluate a detector on annotated images."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.detect.annotations import AnnotatedImages
from bioscan.detect.evaluation import evaluate_detections, list_evaluated
from bioscan.detect.looks import build_looks
from bioscan.detect.model import load_detector, scaling_of
from bioscan.detect.prediction import detect_all
from bioscan.detect.settings import DetectorSettings


def evaluate_detector(
    sets: Sequence[tuple[Path, Path]],
    model: Path,
    settings: DetectorSettings,
    threads: int,
    metrics: Path,
    evaluated: Path,
) -> None:
    """Write AP and AR, the shares of empty wells recognised and of insects lost, and the boxes.

    Args:
        sets: COCO file and images of each set; the detector is evaluated on all of them together.
        model: folder with config.json and model.safetensors.
        metrics, evaluated: the metrics (JSON) and the boxes (EVALUATED_SCHEMA) to write.
    """
    detector = load_detector(model)
    wells = AnnotatedImages(sets, scaling_of(detector, settings))
    boxes, scores, _ = detect_all(
        build_looks(detector, settings, threads),
        ((row, wells[row][0]) for row in range(len(wells))),
        len(wells),
        settings.predict_batch_size,
    )
    annotated = [item for _, item in wells.items]
    sizes = np.array([item.size for item in annotated])
    boxes = boxes * np.tile(sizes, 2)
    found = evaluate_detections(annotated, boxes, scores, settings.threshold)
    write_json(found, metrics)
    write_parquet(list_evaluated(wells.items, boxes, scores), evaluated)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        torch.set_num_threads(snakemake.threads)
        cv2.setNumThreads(snakemake.threads)
        evaluate_detector(
            sets=[
                (Path(coco), Path(images))
                for coco, images in zip(snakemake.input.coco, snakemake.input.images, strict=True)
            ],
            model=Path(snakemake.input.model[0]).parent,
            settings=DetectorSettings(**snakemake.params.settings),
            threads=snakemake.threads,
            metrics=Path(snakemake.output.metrics),
            evaluated=Path(snakemake.output.evaluated),
        )
