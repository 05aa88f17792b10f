"""Recipes of DNA models."""

from dataclasses import fields

import pytest

from bioscan.barcode.settings import (
    Architecture,
    FinetuningRecipe,
    PretrainingRecipe,
    ProbeRecipe,
)
from tests.unit.barcode.test_models import models


def test_every_setting_of_the_config_has_its_place():
    found = models()
    pretraining = PretrainingRecipe(**found.pretraining("4-1-2"))
    assert (pretraining.epochs, pretraining.batch_size) == (35, 128)
    assert FinetuningRecipe(**found.finetuning("frozen")).frozen
    assert Architecture(**found.architecture("4-1-2")).hidden_size == 768
    assert {field.name for field in fields(ProbeRecipe)} == set(found.config["probe"])


@pytest.mark.parametrize(("most", "expected"), [("k", 9), ("below_k", 8)])
def test_offsets_are_at_most_k_or_below_it(most, expected):
    settings = {**models().pretraining("4-1-2"), "max_offset": most}
    assert PretrainingRecipe(**settings).offsets(8) == expected
