"""Train one classifier of the grid."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import polars as pl

from bioscan.classify.model import (
    Classifier,
    ClassifierModule,
    build_backbone,
    normalisation,
    save_classifier,
)
from bioscan.classify.samples import LabelledImages, label_of, select_experiment
from bioscan.core.files import digest_all, write_csv
from bioscan.core.logs import job_log
from bioscan.core.training import checkpoint_dir, share_hardware, train


def train_classifier(
    records: Path,
    index: Path,
    packs: Sequence[Path],
    experiment: str,
    backbone: Mapping[str, Any],
    weights: Path | None,
    settings: Mapping[str, Any],
    code: Sequence[Path],
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write the weights of the best epoch on the validation split, and the history.

    Args:
        settings: a recipe of the config, `loss` and `seed`.
        code: a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
    """
    chosen = select_experiment(
        pl.scan_parquet(records), pl.read_parquet(index), experiment, label_of(experiment)
    )
    sizes = settings["image_size"], settings["crop_size"]
    images = {
        split: LabelledImages(packs, chosen.rows[split], *sizes)
        for split in ("train", "validation")
    }
    lightning.seed_everything(settings["seed"])
    network = build_backbone(backbone["timm"], len(chosen.classes), backbone["options"], weights)
    classifier = Classifier(network, **normalisation(network, settings["normalise"]))
    with checkpoint_dir(history.parent) as checkpoints:
        rows = train(
            ClassifierModule(classifier, chosen.counts, settings),
            images["train"],
            images["validation"],
            settings={
                **settings,
                "backbone": backbone,
                "data": digest_all([records, index, *([weights] if weights else [])]),
                "code": digest_all(code),
            },
            checkpoints=checkpoints,
            workers=workers,
            devices=devices,
            monitor="val_top1",
        )
        description = {
            "label_names": chosen.classes,
            "training_samples": chosen.counts,
            "experiment": experiment,
            "training": dict(settings),
        }
        save_classifier(classifier, description, sizes, model)
        write_csv(pl.DataFrame(rows), history)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        train_classifier(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            packs=[Path(path) for path in snakemake.input.packs],
            experiment=snakemake.wildcards.experiment,
            backbone=snakemake.params.backbone,
            weights=Path(snakemake.input.weights[0]) if snakemake.input.weights else None,
            settings=snakemake.params.settings,
            code=[Path(path) for path in snakemake.input.code],
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
