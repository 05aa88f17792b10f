"""Judge the detector on its validation set."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bioscan.core.files import write_json
from bioscan.core.logs import job_log
from bioscan.detect.annotations import AnnotatedPhotographs
from bioscan.detect.evaluation import evaluate_detections
from bioscan.detect.model import detect, load_detector, scaling_of


def evaluate_detector(
    coco: Path, photographs: Path, model: Path, settings: Mapping[str, Any], metrics: Path
) -> None:
    """Write AP and AR, and how empty wells are told from full ones."""
    detector = load_detector(model).eval()
    detector.to("cuda" if torch.cuda.is_available() else "cpu")
    wells = AnnotatedPhotographs([(coco, photographs)], scaling_of(detector, settings))
    prepared = (wells[row][0] for row in range(len(wells)))
    found = []
    while batch := list(islice(prepared, settings["predict_batch_size"])):
        found += list(zip(*detect(detector, batch), strict=True))
    boxes = {
        item.image_id: (box * np.tile(item.size, 2), float(score))
        for (_, item), (box, score) in zip(wells.items, found, strict=True)
    }
    empty = {item.image_id for _, item in wells.items if len(item.boxes) == 0}
    write_json(evaluate_detections(coco, boxes, empty, settings["threshold"]), metrics)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        torch.set_num_threads(snakemake.threads)
        evaluate_detector(
            coco=Path(snakemake.input.coco),
            photographs=Path(snakemake.input.photographs),
            model=Path(snakemake.input.model[0]).parent,
            settings=snakemake.params.settings,
            metrics=Path(snakemake.output[0]),
        )
