"""Pretrain a masked language model on barcodes."""

import logging
from collections.abc import Sequence
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
from bioscan.barcode.sequences import of_splits
from bioscan.barcode.settings import Architecture, PretrainingRecipe
from bioscan.core.devices import share_hardware
from bioscan.core.errors import InputError
from bioscan.core.logs import job_log
from bioscan.core.training.loop import TrainingSettings, train_to_files

log = logging.getLogger("bioscan.barcode.pretraining")


def pretrain_encoder(
    sequences: Path,
    splits: Sequence[str],
    architecture: Architecture,
    recipe: PretrainingRecipe,
    code: str,
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write the weights of the epoch that finds most masked tokens, and the history.

    As released, masked tokens of the supervised training sequences are found; where these are
    pretrained on, those of `val`.

    Args:
        sequences: barcode/sequences.parquet.
        splits: that are pretrained on.
        code: digest of the code; a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.

    Raises:
        InputError: there is no barcode to train on.
    """
    table = pl.read_parquet(sequences, columns=["sequence", "split"])
    training = of_splits(table, splits)
    if training.is_empty():
        raise InputError(
            f"{sequences}: no barcode in the splits {', '.join(splits)} that are pretrained on; "
            "name others in barcode.pretraining_splits"
        )
    validation = _validation(table, splits)
    if validation.is_empty():
        raise InputError(
            f"{sequences}: no barcode in the split train, whose masked tokens are found"
        )
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


def _validation(table: pl.DataFrame, splits: Sequence[str]) -> pl.DataFrame:
    """The barcodes whose masked tokens are found, held out where any are."""
    held_out = of_splits(table, ["val"])
    if "train" not in splits or "val" in splits or held_out.is_empty():
        if "train" in splits:
            log.warning("masked tokens are found in the split train, which is pretrained on too")
        return of_splits(table, ["train"])
    return held_out


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        pretrain_encoder(
            sequences=Path(snakemake.input.sequences),
            splits=snakemake.params.splits,
            architecture=Architecture(**snakemake.params.architecture),
            recipe=PretrainingRecipe(**snakemake.params.recipe),
            code=snakemake.params.code,
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
