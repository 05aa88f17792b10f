"""Find the insect in each image of a shard."""

from pathlib import Path

import cv2
import torch

from bioscan.core.files import write_parquet
from bioscan.core.image_index import read_images, read_shard
from bioscan.core.logs import job_log
from bioscan.detect.looks import build_looks
from bioscan.detect.model import load_detector, scaling_of
from bioscan.detect.prediction import predict_boxes
from bioscan.detect.settings import DetectorSettings


def predict_shard(
    index: Path,
    shards: int,
    shard: int,
    model: Path,
    settings: DetectorSettings,
    threads: int,
    boxes: Path,
) -> None:
    """Write the boxes of one of `shards` equal parts of the image index.

    Args:
        model: folder with config.json and, where trained, model.safetensors.
    """
    detector = load_detector(model)
    rows = read_shard(index, shards, shard)
    found = predict_boxes(
        build_looks(detector, settings, threads),
        rows,
        read_images(rows),
        scaling=scaling_of(detector, settings),
        threshold=settings.threshold,
        batch_size=settings.predict_batch_size,
        threads=threads,
    )
    write_parquet(found, boxes)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        # Each image is prepared in one thread, several of them at a time.
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        predict_shard(
            index=Path(snakemake.input.index),
            shards=snakemake.params.shards,
            shard=int(snakemake.wildcards.shard),
            model=Path(snakemake.input.model[0]).parent,
            settings=DetectorSettings(**snakemake.params.settings),
            threads=snakemake.threads,
            boxes=Path(snakemake.output[0]),
        )
