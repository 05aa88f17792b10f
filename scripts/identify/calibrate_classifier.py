"""Calibrate the selected classifier of an experiment on its validation split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch

from bioscan.core.devices import share_hardware
from bioscan.core.experiments import rank_of
from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.core.packed import PackedImages
from bioscan.core.records import RANKS
from bioscan.encoders.image import load_classifier, preprocessing_sizes
from bioscan.identify.classifiers import (
    choose_model,
    exclusion_thresholds,
    fit_temperature,
    known_images,
    say,
    score,
    surest,
)
from bioscan.identify.evidence import ANSWER_SCHEMA

BATCH_SIZE = 128


def calibrate_classifier(
    summary: Path,
    runs: Sequence[Mapping[str, Any]],
    weights: Sequence[Path],
    predictions: Sequence[Path],
    index: Path,
    records: Path,
    experiment: str,
    excluded: float,
    confidence: float,
    workers: int,
    calibration: Path,
    known: Path,
) -> None:
    """Write the temperature, and the answers to images of known labels.

    These are of the validation and test splits; and, of an experiment that is a rank, of species
    that the classifier has not seen.

    Args:
        summary, runs, weights: as in `choose_model`.
        predictions: predictions.parquet of each run, whose images and classes are taken.
        index: index.parquet of the package, beside its packs.
        records: partitioned.parquet.
        excluded: share of the images of a class that have it ruled out.
        confidence: the probability from which a label is given.
        calibration: JSON: model (the folder of the run), temperature, thresholds
            and the largest probability (most).
        known: Parquet: ANSWER_SCHEMA, whose kind is the split, and whether the truth is excluded.
    """
    place, chosen = choose_model(pl.read_csv(summary), runs, weights)
    classifier, config = load_classifier(chosen.parent)
    classes, rank = config["label_names"], rank_of(experiment)
    columns = ["processid", "split", rank]
    labels = pl.read_parquet(records, columns=columns) if experiment in RANKS else None
    rows = known_images(pl.read_parquet(predictions[place]), classes, labels, rank)
    rows = rows.join(pl.read_parquet(index), on="processid", maintain_order="left")
    images = PackedImages(packs_beside(index), rows, *preprocessing_sizes(config))
    logits = score(classifier, images, BATCH_SIZE, workers)
    validation = torch.from_numpy((rows["kind"] == "validation").to_numpy().copy())
    target = torch.tensor([classes.index(name) for name in rows.filter(kind="validation")["truth"]])
    temperature = fit_temperature(logits[validation], target)
    every = (logits[validation] / temperature).softmax(dim=1)
    of_truth = every.gather(1, target[:, None])[:, 0].numpy()
    thresholds = exclusion_thresholds(of_truth, target.numpy(), len(classes), excluded)
    said = say(rows["processid"], logits, classes, rank, temperature, thresholds)
    most = surest(len(of_truth), confidence, experiment)
    # A label that is no class cannot be ruled out.
    ruled_out = pl.when(pl.col("truth").is_in(classes)).then(
        pl.col("excluded").list.contains(pl.col("truth"))
    )
    answers = said.with_columns(
        rows["kind"], rows["truth"], pl.col("probability").clip(upper_bound=most)
    ).with_columns((pl.col("label") == pl.col("truth")).alias("right"), ruled_out.alias("excluded"))
    facts = {
        "model": str(chosen.parent),
        "temperature": temperature,
        "thresholds": thresholds,
        "most": most,
    }
    write_json(facts, calibration)
    write_parquet(answers.select(*ANSWER_SCHEMA, "excluded"), known)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        _, workers = share_hardware(snakemake.threads, 1)
        calibrate_classifier(
            summary=Path(snakemake.input.summary),
            runs=snakemake.params.runs,
            weights=[Path(path) for path in snakemake.input.models],
            predictions=[Path(path) for path in snakemake.input.predictions],
            index=Path(snakemake.input.index),
            records=Path(snakemake.input.records),
            experiment=snakemake.wildcards.experiment,
            excluded=snakemake.params.excluded,
            confidence=snakemake.params.confidence,
            workers=workers,
            calibration=Path(snakemake.output.calibration),
            known=Path(snakemake.output.known),
        )
