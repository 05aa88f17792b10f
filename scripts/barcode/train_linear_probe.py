"""Train a linear classifier of species on embeddings, and classify the queries of all splits."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bioscan.barcode.embedded import read_embedded
from bioscan.barcode.finetuning import species_of
from bioscan.barcode.predictions import predictions
from bioscan.barcode.probes import linear_probe, predict_classes
from bioscan.barcode.settings import ProbeRecipe
from bioscan.core.devices import share_hardware
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log


def train_linear_probe(
    sequences: Path, embeddings: Mapping[str, Path], recipe: ProbeRecipe, answers: Path
) -> None:
    """Write the most probable species of each query.

    Args:
        sequences: barcode/sequences.parquet.
        embeddings: split → .npy file.
    """
    data = read_embedded(sequences, embeddings)
    species = species_of(data.keys)
    labelled = data.keys["species"].is_not_null().to_numpy()
    target = data.keys["species"].replace_strict(
        species["species"], range(species.height), default=None, return_dtype=pl.Int64
    )
    layer = linear_probe(
        data.key_embeddings[labelled], target.drop_nulls().to_numpy(), species.height, recipe
    )
    found = predict_classes(layer, data.query_embeddings)
    write_parquet(predictions(data.queries, species, *found), answers)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        share_hardware(snakemake.threads, 1)
        train_linear_probe(
            sequences=Path(snakemake.input.sequences),
            embeddings={Path(path).stem: Path(path) for path in snakemake.input.embeddings},
            recipe=ProbeRecipe(**snakemake.params.recipe),
            answers=Path(snakemake.output[0]),
        )
