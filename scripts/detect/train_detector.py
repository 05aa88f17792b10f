"""Fine-tune the detector on annotated images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import polars as pl

from bioscan.core.files import digest_all, write_csv
from bioscan.core.logs import job_log
from bioscan.core.training import checkpoint_dir, share_hardware, train
from bioscan.detect.annotations import AnnotatedImages
from bioscan.detect.masks import MaskDetector
from bioscan.detect.model import load_detector, save_detector, scaling_of
from bioscan.detect.training import DetectorModule, collate


def train_detector(
    training: Sequence[tuple[Path, Path]],
    weights: Path,
    settings: Mapping[str, Any],
    code: Sequence[Path],
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write a trained detector.

    Args:
        training: COCO file and images of each set.
        weights: folder of the model that training starts from.
        code: a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.
    """
    lightning.seed_everything(settings["seed"])
    detector = load_detector(weights)
    images = AnnotatedImages(training, scaling_of(detector, settings), settings["augment"])
    if isinstance(detector, MaskDetector):
        images.require_masks()
    with checkpoint_dir(history.parent) as checkpoints:
        rows = train(
            DetectorModule(detector, settings),
            images,
            None,
            settings={
                **settings,
                "data": digest_all([coco for coco, _ in training] + sorted(weights.iterdir())),
                "code": digest_all(code),
            },
            checkpoints=checkpoints,
            workers=workers,
            devices=devices,
            collate=collate,
        )
        save_detector(detector, model)
        write_csv(pl.DataFrame(rows), history)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        train_detector(
            training=[
                (Path(coco), Path(images))
                for coco, images in zip(snakemake.input.coco, snakemake.input.images, strict=True)
            ],
            weights=Path(snakemake.input.weights[0]).parent,
            settings=snakemake.params.settings,
            code=[Path(path) for path in snakemake.input.code],
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
