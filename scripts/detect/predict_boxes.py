"""Find the insect in each photograph of a shard."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.photographs import read_photographs, read_shard
from bioscan.detect.model import load_detector, scaling_of
from bioscan.detect.prediction import predict_boxes


def predict_shard(
    index: Path, shards: int, shard: int, model: Path, settings: Mapping[str, Any], boxes: Path
) -> None:
    """Write the boxes of one of `shards` equal parts of the image index."""
    detector = load_detector(model).eval()
    detector.to("cuda" if torch.cuda.is_available() else "cpu")
    rows = read_shard(index, shards, shard)
    found = predict_boxes(
        detector,
        rows,
        read_photographs(rows),
        scaling=scaling_of(detector, settings),
        threshold=settings["threshold"],
        batch_size=settings["predict_batch_size"],
    )
    write_parquet(found, boxes)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        torch.set_num_threads(snakemake.threads)
        predict_shard(
            index=Path(snakemake.input.index),
            shards=snakemake.params.shards,
            shard=int(snakemake.wildcards.shard),
            model=Path(snakemake.input.model[0]).parent,
            settings=snakemake.params.settings,
            boxes=Path(snakemake.output[0]),
        )
