"""What the aligned models of a config make and read."""

from typing import Any

import pytest

from bioscan.core.errors import InputError
from tests.unit.configs import example, layout
from tests.unit.retrieve.configs import config


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


def test_a_partitioning_of_the_published_dataset_is_downloaded():
    published = {"format": "bioscan1m", "source": "published", "archives": 1}
    given = config("retrieve/training/listed/partitioning", "CLIBD_partitioning.zip")
    given["datasets"]["small1m"] = {**published, "shards": 1}
    file = "results/example/small1m/source/CLIBD_partitioning.zip"
    found = layout(given).retrieve
    assert found.partitioning("listed") == [file]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("retrieve/training/mine/dataset", "x", "retrieve.training.mine.dataset is 'x'"),
        ("retrieve/training/mine/apart_from", "small1m", "apart_from is 'small1m', expected one"),
    ],
)
def test_a_dataset_that_there_is_not_is_refused(path: str, value: Any, message: str):
    with pytest.raises(InputError, match=message) as error:
        layout(config(path, value))
    assert "\n" not in str(error.value)


def test_the_counts_are_those_of_the_sets_that_are_trained_on():
    found = layout(config()).retrieve
    assert found.counts("small5m") == ["results/example/small5m/retrieve/training/mine.csv"]
    assert found.counts("small1m") == []
    assert found.products() == ["results/example/small5m/report/retrieve_samples.html"]
    assert (found.apart_from("mine"), found.apart_from("listed")) == (["small5m"], [])
