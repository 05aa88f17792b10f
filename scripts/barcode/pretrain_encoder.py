"""Pretrain a masked language model on barcodes."""

from dataclasses import asdict
from pathlib import Path

import lightning
import polars as pl

from bioscan.barcode.pretraining import (
    LanguageModule,
    MaskedBatches,
    Sequences,
    build_language_model,
    save_language_model,
)
from bioscan.barcode.sequences import SETS, of_splits
from bioscan.barcode.settings import Architecture, PretrainingRecipe
from bioscan.core.devices import share_hardware
from bioscan.core.errors import InputError
from bioscan.core.logs import job_log
from bioscan.core.training.loop import TrainingSettings, train_to_files


def pretrain_encoder(
    sequences: Path,
    architecture: Architecture,
    recipe: PretrainingRecipe,
    code: str,
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write the weights of the epoch that finds most masked tokens, and the history.

    As released, masked tokens of the supervised training sequences are found.

    Args:
        sequences: barcode/sequences.parquet.
        code: digest of the code; a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.

    Raises:
        InputError: there is no barcode to train on.
    """
    table = pl.read_parquet(sequences, columns=["sequence", "split"])
    training, validation = (of_splits(table, SETS[name]) for name in ("pretraining", "train"))
    for name, chosen in (("pretraining", training), ("train", validation)):
        if chosen.is_empty():
            raise InputError(f"{sequences}: no barcode in the splits {', '.join(SETS[name])}")
    lightning.seed_everything(recipe.seed)
    network = build_language_model(architecture)
    train_to_files(
        LanguageModule(network, recipe),
        Sequences(training["sequence"].to_list()),
        Sequences(validation["sequence"].to_list()),
        TrainingSettings.of(recipe),
        depends_on={"recipe": asdict(recipe), "architecture": asdict(architecture)},
        inputs=[sequences],
        code=code,
        save_model=lambda: save_language_model(network, model),
        history=history,
        workers=workers,
        devices=devices,
        monitor="val_masked_accuracy",
        collate=MaskedBatches(recipe, architecture.k),
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        pretrain_encoder(
            sequences=Path(snakemake.input.sequences),
            architecture=Architecture(**snakemake.params.architecture),
            recipe=PretrainingRecipe(**snakemake.params.recipe),
            code=snakemake.params.code,
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
