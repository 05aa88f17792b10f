"""Convert a published aligned model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bioscan.core.encoders import Modality
from bioscan.core.files import digest
from bioscan.core.logs import job_log
from bioscan.encoders.aligned import save_aligned
from bioscan.encoders.clibd import load_clibd
from bioscan.encoders.towers import TowerSettings, build_tower
from bioscan.retrieve.settings import Recipe


def convert_aligned(
    checkpoint: Path,
    encoders: Mapping[Modality, Mapping[str, Any]],
    weights: Mapping[Modality, Sequence[Path]],
    recipe: Recipe,
    model: Path,
) -> None:
    """Write the towers of a published checkpoint.

    Args:
        checkpoint: of CLIBD.
        encoders: `name` and `settings` of each in the config; their architecture is that of the
            checkpoint.
        weights: the files that they were aligned from.
        recipe: its features and preprocessing.
        model: folder to write config.json and model.safetensors to.

    Raises:
        InputError: the checkpoint has other encoders, or of other sizes.
    """
    settings = TowerSettings.of(recipe)
    towers = {
        modality: build_tower(
            modality, given["name"], given["settings"], weights[modality], settings
        )
        for modality, given in encoders.items()
    }
    description = {
        "temperature": load_clibd(towers, checkpoint),
        "encoders": {modality: given["name"] for modality, given in encoders.items()},
        "published": {"file": checkpoint.name, "sha256": digest(checkpoint, "sha256")},
        "training": asdict(settings),
    }
    save_aligned(towers, recipe.dimension, description, model)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        convert_aligned(
            checkpoint=Path(snakemake.input.checkpoint[0]),
            encoders=snakemake.params.encoders,
            weights={
                modality: [Path(path) for path in snakemake.input[modality]]
                for modality in snakemake.params.encoders
            },
            recipe=Recipe(**snakemake.params.recipe),
            model=Path(snakemake.output.weights).parent,
        )
