"""Train one classifier of the grid."""

from dataclasses import asdict
from pathlib import Path

import lightning
import polars as pl

from bioscan.classify.samples import LabelledImages, select_experiment
from bioscan.classify.settings import Recipe
from bioscan.classify.training import ClassifierModule
from bioscan.core.devices import share_hardware
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.core.training.loop import TrainingSettings, train_to_files
from bioscan.encoders.image import (
    Backbone,
    Classifier,
    build_backbone,
    normalisation,
    save_classifier,
)


def train_classifier(
    records: Path,
    index: Path,
    experiment: str,
    backbone: Backbone,
    weights: Path | None,
    recipe: Recipe,
    code: str,
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write the weights of the best epoch on the validation split, and the history.

    Args:
        records: partitioned.parquet.
        index: index.parquet of the package, beside its packs.
        weights: pretrained weights of the backbone. None: randomly initialised.
        code: digest of the code; a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.
    """
    chosen = select_experiment(pl.scan_parquet(records), pl.read_parquet(index), experiment)
    sizes = recipe.image_size, recipe.crop_size
    images = {
        split: LabelledImages(packs_beside(index), chosen.rows[split], *sizes)
        for split in ("train", "validation")
    }
    description = {
        "label_names": chosen.classes,
        "training_samples": chosen.counts,
        "experiment": experiment,
        "training": asdict(recipe),
    }
    lightning.seed_everything(recipe.seed)
    network = build_backbone(backbone, len(chosen.classes), weights)
    classifier = Classifier(network, **normalisation(network, recipe.normalise))
    train_to_files(
        ClassifierModule(classifier, chosen.counts, recipe),
        images["train"],
        images["validation"],
        TrainingSettings.of(recipe),
        depends_on={"recipe": asdict(recipe), "backbone": asdict(backbone)},
        inputs=[records, index, *([weights] if weights else [])],
        code=code,
        save_model=lambda: save_classifier(classifier, description, sizes, model),
        history=history,
        workers=workers,
        devices=devices,
        monitor="val_top1",
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        train_classifier(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            experiment=snakemake.wildcards.experiment,
            backbone=Backbone(**snakemake.params.backbone),
            weights=Path(snakemake.input.weights[0]) if snakemake.input.weights else None,
            recipe=Recipe(**snakemake.params.settings),
            code=snakemake.params.code,
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
