"""The aligned models of a config."""

from copy import deepcopy
from typing import Any

import pytest

from bioscan.core.errors import InputError
from tests.unit.configs import change, example, layout

ENCODERS = {
    "vit": {"timm": "test_vit"},
    "resnet": {"timm": "test_resnet"},
    "bert": {"dna": "barcodebert", "k": 4},
    "cnn": {"dna": "cnn"},
    "words": {"text": "bert"},
}
RETRIEVE: dict[str, Any] = {
    "training": {
        "mine": {"dataset": "small5m", "apart_from": "small5m"},
        "listed": {
            "dataset": "small1m",
            "splits": ["no_split"],
            "partitioning": "my/lists.zip",
        },
    },
    "models": {
        "both": {"training": "mine", "encoders": {"image": "vit", "dna": "bert"}, "seeds": [0, 1]},
        "clibd": {
            "training": "listed",
            "encoders": {"image": "vit", "dna": "bert", "text": "words"},
            "recipe": "released",
            "weights": "clibd",
            "file": "1m_image_dna_text.pth",
        },
    },
}


def config(path: str | None = None, value: Any = None) -> dict[str, Any]:
    found = example(encoders=deepcopy(ENCODERS), retrieve=deepcopy(RETRIEVE))
    return found if path is None else change(found, path, value)


def test_a_model_is_a_folder_per_seed_below_its_training_dataset():
    found = layout(config()).retrieve
    assert found.files("both", "config.json") == [
        f"results/example/small5m/retrieve/models/both/seed{seed}/config.json" for seed in (0, 1)
    ]
    assert found.pairs("both") == "results/example/small5m/retrieve/training/mine.parquet"
    assert found.partitioning("listed") == ["my/lists.zip"]
    assert found.recipe("both", "1")["seed"] == 1


def test_published_models_are_converted_and_train_on_nothing():
    found = layout(config()).retrieve
    assert (found.trained, found.converted, found.trained_on) == (["both"], ["clibd"], ["mine"])
    weights = "results/example/weights/clibd/1m_image_dna_text.pth"
    assert found.published("clibd") == [weights]
    assert found.published("both") == []
    assert weights in found.reads()


def test_the_encoders_of_a_model_embed_any_dataset():
    run = layout(config())
    name = "clibd_seed0_dna"
    assert name in run.embed.embeddings
    assert run.embed.encoder(name)["aligned"]["modality"] == run.embed.modality(name) == "dna"
    folder = "results/example/small1m/retrieve/models/clibd/seed0"
    for dataset in ("small1m", "small5m"):
        assert run.embed.weights(dataset, name) == [
            f"{folder}/model.safetensors",
            f"{folder}/config.json",
        ]
        assert run.embed.index(dataset, name) == []
    assert run.embed.index("small5m", "both_seed1_image")
    # They are no backbones of classifiers.
    assert run.run.encoders.of("dna") == ["bert", "cnn"]


def test_without_the_key_there_is_no_model():
    found = layout(example()).retrieve
    assert found.products() == found.targets() == found.reads() == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("retrieve/training/mine/dataset", "x", "retrieve.training.mine.dataset is 'x'"),
        ("retrieve/training/mine/apart_from", "small1m", "apart_from is 'small1m', expected one"),
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


def test_a_partitioning_of_the_published_dataset_is_downloaded():
    published = {"format": "bioscan1m", "source": "published", "archives": 1}
    given = config("retrieve/training/listed/partitioning", "CLIBD_partitioning.zip")
    given["datasets"]["small1m"] = {**published, "shards": 1}
    file = "results/example/small1m/source/CLIBD_partitioning.zip"
    found = layout(given).retrieve
    assert found.partitioning("listed") == [file]
