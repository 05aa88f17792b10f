"""Evaluate a detector on annotated images."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from bioscan.core.files import write_json
from bioscan.core.logs import job_log
from bioscan.detect.annotations import AnnotatedImages
from bioscan.detect.engine import build_engine
from bioscan.detect.evaluation import evaluate_detections
from bioscan.detect.model import load_detector, scaling_of
from bioscan.detect.prediction import detect_all
from bioscan.detect.settings import DetectorSettings


def evaluate_detector(
    sets: Sequence[tuple[Path, Path]],
    model: Path,
    settings: DetectorSettings,
    threads: int,
    metrics: Path,
) -> None:
    """Write AP and AR, and the shares of empty wells recognised and of insects lost.

    Args:
        sets: COCO file and images of each set; the detector is evaluated on all of them together.
        model: folder with config.json and model.safetensors.
    """
    detector = load_detector(model)
    wells = AnnotatedImages(sets, scaling_of(detector, settings))
    boxes, scores, _ = detect_all(
        build_engine(detector, threads),
        ((row, wells[row][0]) for row in range(len(wells))),
        len(wells),
        settings.predict_batch_size,
    )
    annotated = [item for _, item in wells.items]
    sizes = np.array([item.size for item in annotated])
    found = evaluate_detections(annotated, boxes * np.tile(sizes, 2), scores, settings.threshold)
    write_json(found, metrics)


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
            metrics=Path(snakemake.output[0]),
        )
