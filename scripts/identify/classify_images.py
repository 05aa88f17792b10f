"""Classify the photographs of specimens by the selected model of an experiment."""

import json
from pathlib import Path

import polars as pl

from bioscan.core.devices import share_hardware
from bioscan.core.experiments import order_within, rank_of
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.core.packed import PackedImages
from bioscan.encoders.image import load_classifier, preprocessing_sizes
from bioscan.identify.classifiers import say, score

BATCH_SIZE = 128

#: Photographs whose scores are weighed at a time.
BLOCK = 8192


def classify_images(
    index: Path,
    calibration: Path,
    experiment: str,
    workers: int,
    evidence: Path,
    scores: Path,
) -> None:
    """Write the most probable class of each photograph, and all scores.

    Args:
        index: index.parquet of the package, beside its packs.
        calibration: of `calibrate_classifier`.
        evidence: Parquet, of `say`, and `within`, the order that it has alone.
        scores: Parquet: processid and a column per class, its logit divided by the temperature.
    """
    facts, rank = json.loads(calibration.read_text()), rank_of(experiment)
    classifier, config = load_classifier(Path(facts["model"]))
    rows = pl.read_parquet(index)
    classes = config["label_names"]
    known = pl.col("probability").clip(upper_bound=facts["most"])
    alone = pl.lit(order_within(experiment), pl.String).alias("within")
    said, every = [], []
    # What is made of a block of scores is several times as large; of no photograph, one block too.
    for start in range(0, max(1, rows.height), BLOCK):
        block = rows[start : start + BLOCK]
        images = PackedImages(packs_beside(index), block, *preprocessing_sizes(config))
        logits = score(classifier, images, BATCH_SIZE, workers)
        names = block["processid"]
        found = say(names, logits, classes, rank, facts["temperature"], facts["thresholds"])
        said.append(found.with_columns(known, alone))
        scaled = (logits / facts["temperature"]).numpy()
        every.append(pl.DataFrame(scaled, classes, orient="row").insert_column(0, names))
    write_parquet(pl.concat(said), evidence)
    write_parquet(pl.concat(every), scores)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        _, workers = share_hardware(snakemake.threads, 1)
        classify_images(
            index=Path(snakemake.input.index),
            calibration=Path(snakemake.input.calibration[0]),
            experiment=snakemake.wildcards.experiment,
            workers=workers,
            evidence=Path(snakemake.output.evidence),
            scores=Path(snakemake.output.scores),
        )
