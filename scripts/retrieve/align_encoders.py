"""Align encoders by contrastive training."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lightning
import polars as pl
from torch import nn

from bioscan.core.devices import share_hardware
from bioscan.core.encoders import Modality
from bioscan.core.errors import InputError
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.core.training.loop import TrainingSettings, train_to_files
from bioscan.encoders.aligned import save_aligned
from bioscan.encoders.lora import merge_lora
from bioscan.encoders.towers import TowerSettings, build_tower
from bioscan.retrieve.pairs import PairBatches, Pairs, choose_pairs, with_text
from bioscan.retrieve.settings import Recipe
from bioscan.retrieve.training import AlignmentModule, tune

log = logging.getLogger("bioscan.retrieve")


def align_encoders(
    pairs: Path,
    index: Path,
    encoders: Mapping[Modality, Mapping[str, Any]],
    weights: Mapping[Modality, Sequence[Path]],
    recipe: Recipe,
    code: str,
    devices: int,
    workers: int,
    model: Path,
    history: Path,
) -> None:
    """Write the towers of the last epoch, and the history.

    Args:
        pairs: a training set of `select_pairs`.
        index: index.parquet of the package of images, beside its packs.
        encoders: `name` and `settings` of each in the config.
        weights: the file with the weights of each, and others of its model; none if it is randomly
            initialised.
        code: digest of the code; a checkpoint that other code made is not resumed.
        devices, workers: GPUs, and processes that load data for each.
        model: folder to write config.json and model.safetensors to.

    Raises:
        InputError: no sample has two of the modalities, or an encoder cannot be trained so.
    """
    table = with_text(pl.read_parquet(pairs), recipe)
    chosen, counts = choose_pairs(table, list(encoders), recipe)
    log.info("samples: %s", counts)
    if chosen.is_empty():
        raise InputError(f"{pairs}: no sample has two of {', '.join(encoders)}: {counts}")
    lightning.seed_everything(recipe.seed)
    settings = TowerSettings.of(recipe)
    towers = nn.ModuleDict(
        {
            modality: tune(
                build_tower(
                    modality, given["name"], given["settings"], weights[modality], settings
                ),
                modality,
                given["name"],
                recipe,
            )
            for modality, given in encoders.items()
        }
    )
    if "text" in towers:
        distinct = chosen["text"].drop_nulls().unique().to_list()
        if cut := towers["text"].encoder.count_cut(distinct):
            log.warning(
                "texts that are cut at %d tokens: %d of %d",
                towers["text"].encoder.max_tokens,
                cut,
                len(distinct),
            )
    training_set = Pairs(chosen, packs_beside(index), towers, recipe)
    batch_size = max(recipe.batch_size // recipe.replicas, 1)
    module = AlignmentModule(towers, recipe)

    def save_model() -> None:
        for tower in towers.values():
            merge_lora(tower)
        description = {
            "temperature": float(1 / module.scale),
            "encoders": {modality: given["name"] for modality, given in encoders.items()},
            "samples": counts,
            "training": asdict(recipe),
        }
        save_aligned(towers, recipe.dimension, description, model)

    train_to_files(
        module,
        training_set,
        None,
        replace(TrainingSettings.of(recipe), batch_size=batch_size),
        depends_on={"recipe": asdict(recipe), "encoders": encoders},
        inputs=[pairs, index, *(path for files in weights.values() for path in files)],
        code=code,
        save_model=save_model,
        history=history,
        workers=workers,
        devices=devices,
        collate=PairBatches(towers),
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        devices, workers = share_hardware(snakemake.threads, snakemake.resources.gpu)
        align_encoders(
            pairs=Path(snakemake.input.pairs),
            index=Path(snakemake.input.index),
            encoders=snakemake.params.encoders,
            weights={
                modality: [Path(path) for path in snakemake.input[modality]]
                for modality in snakemake.params.encoders
            },
            recipe=Recipe(**snakemake.params.recipe),
            code=snakemake.params.code,
            devices=devices,
            workers=workers,
            model=Path(snakemake.output.weights).parent,
            history=Path(snakemake.output.history),
        )
