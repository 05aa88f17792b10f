"""Samples and recipes small enough to align encoders in tests."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from torch import nn

from bioscan.core.config import validated
from bioscan.core.images import encode
from bioscan.encoders.towers import TowerSettings, build_tower
from bioscan.retrieve.settings import Recipe
from bioscan.retrieve.training import tune
from tests.unit.configs import ROOT, example
from tests.unit.core.packs import write_pack
from tests.unit.encoders.small_towers import ENCODERS

SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"

#: Differences from the paper's recipe.
SMALL = {
    "epochs": 2,
    "batch_size": 4,
    "dimension": 8,
    "image_size": 56,
    "crop_size": 48,
    "learning_rate": 0.01,
}

COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200))
SPECIES = ("alba", "bruna", "caerulea", "dubia", "elegans")


def of_schema(name: str, **changes: Any) -> dict[str, Any]:
    """A recipe of a config as the schema completes it."""
    models = {"m": {"training": "t", "encoders": {"image": "vit", "dna": "bert"}}}
    recipes = {name: changes} if changes else {}
    given = {"training": {"t": {"dataset": "small5m"}}, "models": models, "recipes": recipes}
    return validated(example(retrieve=given), SCHEMA)["retrieve"]["recipes"][name]


def recipe(**changes: Any) -> Recipe:
    return Recipe(**of_schema("mine", **{**SMALL, **changes}), seed=0)


def settings_of(**changes: Any) -> TowerSettings:
    return TowerSettings.of(recipe(**changes))


def tuned(chosen: Recipe, *modalities: str) -> nn.ModuleDict:
    """Towers that are ready to be trained."""
    settings = TowerSettings.of(chosen)
    return nn.ModuleDict(
        {
            modality: tune(
                build_tower(modality, modality, ENCODERS[modality], [], settings),
                modality,
                modality,
                chosen,
            )
            for modality in modalities or ENCODERS
        }
    )


def specimens(n: int, folder: Path) -> tuple[pl.DataFrame, Path]:
    """A training set of n specimens of five species, and the pack of their images.

    Each species has its colour and its barcode. Every fifth specimen has no image, every seventh no
    barcode, every eleventh no label.
    """
    rng = np.random.default_rng(0)
    barcodes = ["".join(rng.choice(list("ACGT"), 300)) for _ in SPECIES]
    kinds = np.arange(n) % len(SPECIES)
    shown = [i for i in range(n) if i % 7 != 5]
    pack = folder / "0000.h5"
    jpegs = [
        encode(
            np.full((60, 70, 3), COLOURS[kinds[i]], np.uint8) + rng.integers(9, dtype=np.uint8), 90
        )
        for i in shown
    ]
    write_pack(pack, "cropped_256", [(f"P{i}", j) for i, j in zip(shown, jpegs, strict=True)], {})
    row = {number: place for place, number in enumerate(shown)}
    table = pl.DataFrame(
        {
            "processid": [f"P{i}" for i in range(n)],
            "shard": [0 if i in row else None for i in range(n)],
            "row": [row.get(i) for i in range(n)],
            "sequence": [barcodes[k] if i % 9 != 4 else None for i, k in enumerate(kinds)],
            "order": ["Diptera" if i % 11 != 3 else None for i in range(n)],
            "family": [None] * n,
            "genus": ["Nova" if i % 11 != 3 else None for i in range(n)],
            "species": [f"Nova {SPECIES[k]}" if i % 11 != 3 else None for i, k in enumerate(kinds)],
            "dna_bin": [f"BOLD:{k}" if i % 13 else None for i, k in enumerate(kinds)],
        },
        schema_overrides={"family": pl.String, "shard": pl.UInt32, "row": pl.UInt32},
    )
    return table, pack
