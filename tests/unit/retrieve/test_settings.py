"""Recipes are those of the paper, and of the released code."""

from dataclasses import asdict

from bioscan.core.config import validated
from bioscan.retrieve.settings import Recipe
from tests.unit.configs import example
from tests.unit.retrieve.small import SCHEMA, of_schema


def test_the_paper_is_the_default():
    paper = Recipe(**of_schema("paper"), seed=0)
    assert (paper.epochs, paper.batch_size, paper.optimizer) == (4, 800, "adam")  # 5M §4.4
    assert (paper.learning_rate, paper.schedule, paper.rank) == (0.001, "constant", 4)
    assert (paper.temperature, paper.learn_temperature) == (0.07, False)
    assert paper.tuning == {"image": "lora", "dna": "lora", "text": "lora"}
    assert paper.projections == ["query", "value"]


def test_every_difference_of_the_released_code_is_a_setting():
    paper, released = (asdict(Recipe(**of_schema(name), seed=0)) for name in ("paper", "released"))
    assert {key: released[key] for key in paper if paper[key] != released[key]} == {
        "replicas": 2,
        "dna_feature": "released",
        "text_feature": "released",
        "missing_ranks": "not_classified",
        "colour_jitter": 0.5,
        "normalise": False,
    }


def test_trained_on_and_evaluated_is_what_the_paper_names():
    """5M §4.4: models are trained on `pretrain` and `train`; the keys are those of all species."""
    models = {"m": {"training": "t", "encoders": {"image": "vit", "dna": "bert"}}}
    given = {
        "training": {"t": {"dataset": "small5m"}},
        "models": models,
        "evaluation": {"dataset": "small5m"},
    }
    found = validated(example(retrieve=given), SCHEMA)["retrieve"]
    assert found["training"]["t"]["splits"] == ["pretrain", "train"]
    assert not found["training"]["t"]["keep_shared"]
    assert found["evaluation"]["missing_labels"] == "left_out"
    assert set(found["evaluation"]["pairs"]) >= {"dna_to_dna", "image_to_image", "image_to_dna"}
