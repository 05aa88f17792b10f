"""Evaluate one trained classifier on the validation and test split of its experiment."""

from pathlib import Path

import numpy as np
import polars as pl
import torch

from bioscan.classify.evaluation import predict
from bioscan.classify.samples import LabelledImages, select_experiment
from bioscan.core.devices import share_hardware
from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.metrics import classification_metrics
from bioscan.core.pack import packs_beside
from bioscan.encoders.image import load_classifier, preprocessing_sizes

BATCH_SIZE = 128


def evaluate_classifier(
    records: Path,
    index: Path,
    experiment: str,
    model: Path,
    workers: int,
    metrics: Path,
    predictions: Path,
) -> None:
    """Write the metrics of both splits, and each prediction with its probability.

    Args:
        index: index.parquet of the package, beside its packs.
        model: folder with config.json and model.safetensors.
        workers: processes that load data.
    """
    classifier, config = load_classifier(model)
    chosen = select_experiment(pl.scan_parquet(records), pl.read_parquet(index), experiment)
    results, tables = {}, []
    for split in ("validation", "test"):
        rows = chosen.rows[split]
        images = LabelledImages(packs_beside(index), rows, *preprocessing_sizes(config))
        logits = predict(classifier, images, BATCH_SIZE, workers)
        target = rows["class"].to_numpy()
        results[split] = classification_metrics(logits.numpy(), target)
        results[split]["loss"] = torch.nn.functional.cross_entropy(
            logits, torch.tensor(target)
        ).item()
        # The accuracy of always predicting the most frequent class of the training split, 0.
        results[split]["micro_majority"] = float((target == 0).mean())
        probability, predicted = logits.softmax(dim=1).max(dim=1)
        tables.append(
            rows.select(
                "processid",
                pl.lit(split).alias("split"),
                "class",
                pl.Series("predicted", predicted.numpy().astype(np.int64)),
                pl.Series("probability", probability.numpy()),
            )
        )
    write_json(results, metrics)
    write_parquet(pl.concat(tables), predictions)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        _, workers = share_hardware(snakemake.threads, 1)
        evaluate_classifier(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            experiment=snakemake.wildcards.experiment,
            model=Path(snakemake.input.model).parent,
            workers=workers,
            metrics=Path(snakemake.output.metrics),
            predictions=Path(snakemake.output.predictions),
        )
