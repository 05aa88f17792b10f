"""Train an encoder, or a head on it, for species, and classify the queries of all splits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning
import polars as pl

from bioscan.barcode.finetuning import (
    FinetuningModule,
    LabelledBarcodes,
    TokenBatches,
    classify,
    species_of,
)
from bioscan.barcode.predictions import predictions
from bioscan.barcode.settings import FinetuningRecipe
from bioscan.barcode.tables import RANK_OF_SPLIT
from bioscan.core.devices import share_hardware
from bioscan.core.errors import InputError
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.training.loop import TrainingSettings, train_to_files
from bioscan.encoders.dna import build_dna_encoder, encoder_settings
from bioscan.encoders.species import SpeciesClassifier, save_species_classifier


def finetune_encoder(
    sequences: Path,
    encoder: Mapping[str, Any],
    weights: Sequence[Path],
    recipe: FinetuningRecipe,
    code: str,
    devices: int,
    workers: int,
    model: Path,
    history: Path,
    answers: Path,
) -> None:
    """Write the weights of the last epoch, the history, and the species of each query.

    Args:
        sequences: barcode/sequences.parquet.
        encoder: of the config's `encoders`.
        weights: the file with its weights, and others of its model; none if it is randomly
            initialised.
        code: digest of the code; a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.

    Raises:
        InputError: there are fewer than two species to tell apart.
    """
    table = pl.read_parquet(sequences)
    species = species_of(table)
    if species.height < 2:
        raise InputError(
            f"{sequences}: the split 'train' has {species.height} species with a barcode, expected "
            "two or more to tell apart"
        )
    number = pl.col("species").replace_strict(
        species["species"], range(species.height), default=None, return_dtype=pl.Int64
    )
    labelled = table.with_columns(number.alias("number")).drop_nulls("number")
    lightning.seed_everything(recipe.seed)
    network = build_dna_encoder(encoder_settings(encoder), weights[0] if weights else None)
    # An encoder is made for evaluation, without dropout.
    classifier = SpeciesClassifier(network, species.height, recipe.frozen).train()
    batches = TokenBatches(network, recipe)
    sets = {
        split: LabelledBarcodes(chosen["sequence"].to_list(), chosen["number"].to_numpy())
        for split in ("train", "val")
        for chosen in [labelled.filter(split=split)]
    }
    description = {
        "encoder": encoder,
        "dimension": network.dimension,
        "species": species["species"].to_list(),
        "training": asdict(recipe),
    }
    train_to_files(
        FinetuningModule(classifier, recipe),
        sets["train"],
        sets["val"] if len(sets["val"]) else None,
        TrainingSettings.of(recipe),
        depends_on={"recipe": asdict(recipe), "encoder": encoder},
        inputs=[sequences, *weights],
        code=code,
        save_model=lambda: save_species_classifier(classifier, description, model),
        history=history,
        workers=workers,
        devices=devices,
        collate=batches,
    )
    queries = table.filter(pl.col("split").is_in(list(RANK_OF_SPLIT)))
    found = classify(classifier, batches, queries["sequence"].to_list())
    write_parquet(predictions(queries, species, *found), answers)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        finetune_encoder(
            sequences=Path(snakemake.input.sequences),
            encoder=snakemake.params.encoder,
            weights=[Path(path) for path in snakemake.input.weights],
            recipe=FinetuningRecipe(**snakemake.params.recipe),
            code=snakemake.params.code,
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
            answers=Path(snakemake.output.predictions),
        )
