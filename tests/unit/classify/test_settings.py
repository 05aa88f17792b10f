"""The typed settings have the keys of the config's schema."""

from dataclasses import fields

from bioscan.classify.settings import ClassifierRun, Recipe
from bioscan.classify.tables import MODEL
from tests.unit.schemas import definition


def test_a_recipe_has_the_keys_of_the_schema_and_the_loss_and_the_seed():
    names = {field.name for field in fields(Recipe)}
    assert names == {*definition("recipe")["properties"], "loss", "seed"}


def test_a_run_is_a_model_and_a_seed():
    assert [field.name for field in fields(ClassifierRun)] == [*MODEL, "seed"]
