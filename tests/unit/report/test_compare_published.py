"""Classifiers beside the published ones."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bioscan.classify.tables import ablation_table, summarise_runs, table5, validation_table
from bioscan.core.artefacts import Artefacts
from bioscan.report.pages import beside_published, notes_beside

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "config/published"
ARTEFACTS = Artefacts.read(ROOT / "workflow/report/artefacts.yaml")

#: The metrics of each run.
METRICS = {"micro_top1": 0.9, "macro_top1": 0.8, "macro_top3": 0.85, "micro_top5": 0.95}
METRICS |= {"micro_top10": 0.99, "macro_f1": 0.7, "loss": 0.3, "micro_majority": 0.6}

MODELS = [("resnet50", "ce"), ("resnet50", "focal"), ("vit_base_patch16_224", "ce"), ("mine", "ce")]


def summary(*models: tuple[str, str], **where: Any) -> pl.DataFrame:
    """The summary of one run per model, by backbone and loss; the first model is the best."""
    return summarise_runs(
        {
            "experiment": "small_insect_order",
            "backbone": backbone,
            "loss": loss,
            "package": "cropped_256",
            "recipe": "paper",
            "seed": 0,
            "validation": {**METRICS, "micro_top1": 0.9 - place / 10},
            "test": METRICS,
            **where,
        }
        for place, (backbone, loss) in enumerate(models)
    )


def read(table: pl.DataFrame, name: str) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """A table, the published one and their keys, as the report reads them."""
    keys = ARTEFACTS[name].keys
    text = dict.fromkeys(keys, pl.String)
    sources = table.write_csv().encode(), FOLDER / f"{name}.csv"
    reproduced, published = (pl.read_csv(source, schema_overrides=text) for source in sources)
    return reproduced, published, keys


def beside(table: pl.DataFrame, name: str, *shown: str) -> list[tuple]:
    found = beside_published(*read(table, name))
    assert found.height == table.height
    return found.select(*shown, "mean", "mean published").rows()


@pytest.mark.parametrize("winner", MODELS)
def test_table5_has_the_published_values_beside_whatever_model_won(winner):
    table = table5(summary(winner, ("second", "focal")))
    assert beside(table, "bioscan1m_table5", "metric", "average", "k") == [
        ("accuracy", "micro", "1", 90, 97.86),
        ("accuracy", "macro", "1", 80, 85.01),
        ("accuracy", "macro", "3", 85, 91.68),
        ("accuracy", "micro", "5", 95, 99.66),
        ("accuracy", "micro", "10", 99, None),  # not printed, as the last two
        ("f1", "macro", None, 70, 85.84),
        ("loss", None, None, 0.3, None),
        ("majority", "micro", None, 60, None),
    ]


def test_table5_says_which_model_the_published_values_are_of():
    (note,) = notes_beside(*read(table5(summary(("resnet50", "ce"))), "bioscan1m_table5"))
    assert "ViT-B/16 + CE" in note


def test_table5_has_the_published_values_beside_every_recipe():
    both = [summary(("resnet50", "ce"), recipe=name) for name in ("paper", "released")]
    rows = beside(table5(pl.concat(both)), "bioscan1m_table5", "recipe", "average", "k")
    assert [row for row in rows if row[1:3] == ("micro", "1")] == [
        ("paper", "micro", "1", 90, 97.86),
        ("released", "micro", "1", 90, 97.86),
    ]


def test_table_a3_has_the_published_values_of_the_same_backbone_and_loss():
    table = validation_table(summary(*MODELS), "accuracy")
    rows = beside(table, "bioscan1m_tableA3", "backbone", "loss", "average")
    assert rows == [
        ("ResNet-50", "CE", "micro", 90, 97.79),
        ("ResNet-50", "CE", "macro", 80, 87.37),
        ("ResNet-50", "Focal", "micro", 80, 97.62),
        ("ResNet-50", "Focal", "macro", 80, 86.55),
        ("ViT-B/16", "CE", "micro", 70, 98.34),
        ("ViT-B/16", "CE", "macro", 80, 88.74),
        ("mine", "CE", "micro", 60, None),  # not in the paper
        ("mine", "CE", "macro", 80, None),
    ]


def test_table_a3_has_the_published_standard_deviations():
    table = validation_table(summary(*MODELS), "accuracy")
    found = beside_published(*read(table, "bioscan1m_tableA3"))
    assert found["std published"].to_list()[:4] == [0.08, 0.56, 0.09, 0.6]


def test_table_a4_has_the_published_values_of_the_same_backbone_and_loss():
    table = validation_table(summary(*MODELS, experiment="small_diptera_family"), "f1")
    assert beside(table, "bioscan1m_tableA4", "backbone", "loss", "average") == [
        ("ResNet-50", "CE", "macro", 70, 92.10),
        ("ResNet-50", "Focal", "macro", 70, 91.37),
        ("ViT-B/16", "CE", "macro", 70, 93.56),
        ("mine", "CE", "macro", 70, None),
    ]


def test_table_a6_has_the_published_values_of_the_same_images():
    packages = [
        summary(("resnet50", "ce"), package=f"{name}_256") for name in ("original", "cropped")
    ]
    table = ablation_table(pl.concat(packages))
    assert beside(table, "bioscan1m_tableA6", "image_type", "average", "k") == [
        ("original", "micro", "1", 0.9, 0.9626),
        ("original", "macro", "1", 0.8, 0.8218),
        ("original", "micro", "5", 0.95, 0.997),
        ("cropped", "micro", "1", 0.9, 0.9786),
        ("cropped", "macro", "1", 0.8, 0.8757),
        ("cropped", "micro", "5", 0.95, 0.9976),
    ]


def test_errors_have_the_published_shares_beside_them():
    """1M §A6.4."""
    table = pl.DataFrame(
        {
            "task": ["insect_order", "insect_order", "diptera_family"],
            "size": ["small", "large", "small"],
            "as_dominant_percent": [10.0, 20.0, 30.0],
            "low_quality_percent": [40.0, 50.0, 60.0],
        }
    )
    found = beside_published(*read(table, "bioscan1m_sectionA64"))
    assert found["as_dominant_percent published"].to_list() == [16.2, None, None]
    assert found["low_quality_percent published"].to_list() == [57, 45, None]
