"""Train one classifier of the grid."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import polars as pl
import torch

from bioscan.classify.model import ClassifierModule, build_backbone, save_classifier
from bioscan.classify.samples import LabelledPhotographs, label_of, select_experiment
from bioscan.core.files import digest_all, write_csv
from bioscan.core.logs import job_log
from bioscan.core.training import train


def train_classifier(
    records: Path,
    index: Path,
    packs: Sequence[Path],
    experiment: str,
    backbone: Mapping[str, Any],
    weights: Path | None,
    settings: Mapping[str, Any],
    code: Sequence[Path],
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write the weights of the best epoch on the validation split, and the history.

    Args:
        code: a checkpoint that other code made is not resumed.
    """
    chosen = select_experiment(
        pl.scan_parquet(records), pl.read_parquet(index), experiment, label_of(experiment)
    )
    sizes = settings["image_size"], settings["crop_size"]
    photographs = {
        split: LabelledPhotographs(packs, chosen.rows[split], *sizes)
        for split in ("train", "validation")
    }
    checkpoints = history.parent / "checkpoints"
    lightning.seed_everything(settings["seed"])
    classes = len(chosen.classes)
    network = build_backbone(backbone["timm"], classes, backbone["options"], weights)
    module = ClassifierModule(network, classes, settings)
    rows = train(
        module,
        photographs["train"],
        photographs["validation"],
        settings={
            **settings,
            "backbone": backbone,
            "data": digest_all([records, index, *([weights] if weights else [])]),
            "code": digest_all(code),
        },
        checkpoints=checkpoints,
        workers=workers,
        monitor="val_top1",
    )
    description = {
        "timm": backbone["timm"],
        "options": backbone["options"],
        "experiment": experiment,
        "classes": chosen.classes,
        "image_size": settings["image_size"],
        "crop_size": settings["crop_size"],
    }
    save_classifier(network, description, model)
    write_csv(pl.DataFrame(rows), history)
    shutil.rmtree(checkpoints)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        torch.set_num_threads(snakemake.threads)
        train_classifier(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            packs=[Path(path) for path in snakemake.input.packs],
            experiment=snakemake.wildcards.experiment,
            backbone=snakemake.params.backbone,
            weights=Path(snakemake.input.weights[0]) if snakemake.input.weights else None,
            settings=snakemake.params.settings,
            code=[Path(path) for path in snakemake.input.code],
            workers=snakemake.threads - 1,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
