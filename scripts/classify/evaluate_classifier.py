"""Judge one trained classifier on the validation and test split of its experiment."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch

from bioscan.classify.evaluation import predict
from bioscan.classify.model import load_classifier, preprocessing_sizes
from bioscan.classify.samples import LabelledImages, label_of, select_experiment
from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.metrics import classification_metrics
from bioscan.core.training import share_hardware

BATCH_SIZE = 128


def evaluate_classifier(
    records: Path,
    index: Path,
    packs: Sequence[Path],
    experiment: str,
    model: Path,
    workers: int,
    metrics: Path,
    predictions: Path,
) -> None:
    """Write the metrics of both splits, and each prediction with its probability."""
    classifier, config = load_classifier(model)
    chosen = select_experiment(
        pl.scan_parquet(records), pl.read_parquet(index), experiment, label_of(experiment)
    )
    figures, tables = {}, []
    for split in ("validation", "test"):
        rows = chosen.rows[split]
        images = LabelledImages(packs, rows, *preprocessing_sizes(config))
        logits = predict(classifier, images, BATCH_SIZE, workers)
        target = rows["class"].to_numpy()
        figures[split] = classification_metrics(logits.numpy(), target)
        figures[split]["loss"] = torch.nn.functional.cross_entropy(
            logits, torch.tensor(target)
        ).item()
        # What answering with the most frequent class of the training split (class 0) would reach.
        figures[split]["micro_majority"] = float((target == 0).mean())
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
    write_json(figures, metrics)
    write_parquet(pl.concat(tables), predictions)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        _, workers = share_hardware(snakemake.threads, 1)
        evaluate_classifier(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            packs=[Path(path) for path in snakemake.input.packs],
            experiment=snakemake.wildcards.experiment,
            model=Path(snakemake.input.model).parent,
            workers=workers,
            metrics=Path(snakemake.output.metrics),
            predictions=Path(snakemake.output.predictions),
        )
