"""Evaluations of DNA models."""

from bioscan.barcode.runs import expand_evaluations

BLOCK = {
    "encoders": ["a", "b"],
    "evaluations": ["fine_tuned", "1nn_probe"],
    "finetuning": "paper",
    "poolings": ["masked", "released"],
}


def rows(**barcode) -> list[tuple]:
    """Table, encoder, evaluation, recipe and pooling."""
    keys = ("table", "encoder", "evaluation", "recipe", "pooling")
    return [tuple(row[key] for key in keys) for row in expand_evaluations(barcode)]


def test_a_fine_tuning_has_a_recipe_and_a_probe_has_poolings():
    assert rows(models=[BLOCK]) == [
        ("models", "a", "fine_tuned", "paper", None),
        ("models", "a", "1nn_probe", None, "masked"),
        ("models", "a", "1nn_probe", None, "released"),
        ("models", "b", "fine_tuned", "paper", None),
        ("models", "b", "1nn_probe", None, "masked"),
        ("models", "b", "1nn_probe", None, "released"),
    ]


def test_what_two_blocks_name_is_evaluated_once():
    assert rows(models=[BLOCK, {**BLOCK, "encoders": ["b"]}]) == rows(models=[BLOCK])


def test_the_linear_probe_of_the_search_is_a_fine_tuning():
    search = {"encoders": ["a"], "finetuning": "paper", "linear_probe": "frozen"}
    assert rows(models=[], search=search) == [
        ("search", "a", "fine_tuned", "paper", None),
        ("search", "a", "linear_probe", "frozen", None),
        ("search", "a", "1nn_probe", None, "masked"),
    ]


def test_there_may_be_none():
    assert rows() == []
