"""The aligned models of a config."""

from typing import Any

import pytest

from bioscan.core.errors import InputError
from tests.unit.configs import layout
from tests.unit.retrieve.configs import ENCODERS, config


def test_a_model_is_a_folder_per_seed_below_its_training_dataset():
    found = layout(config()).retrieve.models
    assert found.files("both", "config.json") == [
        f"results/example/small5m/retrieve/models/both/seed{seed}/config.json" for seed in (0, 1)
    ]
    assert found.pairs("both") == "results/example/small5m/retrieve/training/mine.parquet"
    assert found.recipe("both", "1")["seed"] == 1
    assert found.encoders("both")["dna"] == {"name": "bert", "settings": ENCODERS["bert"]}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("retrieve/models/both/training", "x", "retrieve.models.both.training is 'x'"),
        ("retrieve/models/both/recipe", "x", "models.both.recipe is 'x', expected one of paper"),
        ("retrieve/models/both/encoders/dna", "vit", "encoders.dna is 'vit', expected one of bert"),
        ("retrieve/models/both/encoders/dna", "cnn", "is 'cnn', which cannot be aligned"),
        ("retrieve/models/both/encoders", {"image": "vit"}, "names one encoder, expected two"),
        ("retrieve/models/both/file", "x.pth", "has one of weights and file, expected both"),
        ("retrieve/models/clibd/file", "x.pth", "clibd.file is 'x.pth', expected one of 1m_image"),
        ("encoders/both_seed1_dna", {"dna": "cnn"}, "has the name of an encoder of an aligned"),
    ],
)
def test_a_name_that_nothing_has_is_refused(path: str, value: Any, message: str):
    with pytest.raises(InputError, match=message) as error:
        layout(config(path, value))
    assert "\n" not in str(error.value)


def test_an_encoder_that_is_pretrained_here_needs_the_dataset_of_barcodes():
    pretrained = {"dna": "barcodebert", "pretrain": {"k": 4, "layers": 1, "heads": 1}}
    with pytest.raises(InputError, match="there is no key barcode that names their dataset"):
        layout(config("encoders/bert", pretrained))


def test_published_models_are_converted_and_train_on_nothing():
    found = layout(config()).retrieve
    models = found.models
    assert (models.trained, models.converted) == (["both"], ["clibd"])
    assert models.trained_on == ["mine"]
    weights = "results/example/weights/clibd/1m_image_dna_text.pth"
    assert models.published("clibd") == [weights]
    assert models.published("both") == []
    assert weights in found.reads()
