"""Fine-tune a detector on annotated images."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import lightning

from bioscan.core.devices import share_hardware
from bioscan.core.logs import job_log
from bioscan.core.training.loop import TrainingSettings, train_to_files
from bioscan.detect.annotations import AnnotatedImages
from bioscan.detect.model import load_detector, save_detector, scaling_of
from bioscan.detect.segmentation import SegmentationDetector
from bioscan.detect.settings import DetectorSettings
from bioscan.detect.training import DetectorModule, collate


def train_detector(
    training: Sequence[tuple[Path, Path]],
    weights: Sequence[Path],
    encoder: Path | None,
    settings: DetectorSettings,
    code: str,
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write a trained detector and its history.

    Args:
        training: COCO file and images of each set.
        weights: files of the model that training starts from, in one folder.
        encoder: pretrained weights of timm for the encoder of a segmentation network, if any.
        code: digest of the code; a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.
    """
    lightning.seed_everything(settings.seed)
    detector = load_detector(weights[0].parent, encoder)
    scaling = scaling_of(detector, settings)
    images = AnnotatedImages(training, scaling, settings.augment, settings.zoom)
    if isinstance(detector, SegmentationDetector):
        images.require_masks()
    train_to_files(
        DetectorModule(detector, settings),
        images,
        None,
        TrainingSettings.of(settings),
        depends_on=asdict(settings),
        inputs=[*(coco for coco, _ in training), *weights, *([encoder] if encoder else [])],
        code=code,
        save_model=lambda: save_detector(detector, model),
        history=history,
        workers=workers,
        devices=devices,
        collate=collate,
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        train_detector(
            training=[
                (Path(coco), Path(images))
                for coco, images in zip(snakemake.input.coco, snakemake.input.images, strict=True)
            ],
            weights=[Path(path) for path in snakemake.input.weights],
            encoder=next(
                (Path(path) for path in snakemake.input.encoder if path.endswith(".safetensors")),
                None,
            ),
            settings=DetectorSettings(**snakemake.params.settings),
            code=snakemake.params.code,
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
