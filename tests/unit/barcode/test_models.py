"""DNA models of a config."""

from typing import Any

import pytest

from bioscan.barcode.models import DnaModels
from bioscan.core.errors import InputError
from tests.unit.configs import example, layout

PRETRAIN = {"k": 4, "layers": 1, "heads": 2}


def config(**barcode: Any) -> dict[str, Any]:
    given = example()
    given["encoders"] |= {
        "4-1-2": {"dna": "barcodebert", "pretrain": PRETRAIN},
        "plain_cnn": {"dna": "cnn"},
        "cnn": {"dna": "cnn", "finetuned": {"encoder": "plain_cnn", "recipe": "cnn"}},
    }
    models = [{"encoders": ["4-1-2"]}, {"encoders": ["cnn"], "evaluations": ["1nn_probe"]}]
    return {**given, "barcode": {"dataset": "small5m", "models": models, **barcode}}


def models(**barcode: Any) -> DnaModels:
    return layout(config(**barcode)).barcode.models


FOLDER = "results/example/small5m"


def test_the_paper_is_the_default():
    found = models()
    assert found.architecture("4-1-2") == {**PRETRAIN, "hidden_size": 768}
    pretraining = found.pretraining("4-1-2")
    assert (pretraining["epochs"], pretraining["learning_rate"]) == (35, 2e-4)
    assert (pretraining["loss_positions"], pretraining["max_offset"]) == ("masked", "k")
    assert pretraining["attention_mask"]
    assert (pretraining["batch_size"], pretraining["masked_share"]) == (128, 0.5)
    finetuning = found.finetuning("paper")
    assert (finetuning["epochs"], finetuning["learning_rate_per_64"]) == (35, 1e-4)
    assert (finetuning["pooling"], finetuning["frozen"]) == ("masked", False)
    assert (finetuning["optimizer"], finetuning["schedule"]) == ("adamw", "one_cycle")
    assert found.finetuning("frozen")["frozen"]
    probe = found.config["probe"]
    assert (probe["learning_rate"], probe["momentum"], probe["weight_decay"]) == (0.01, 0.9, 1e-5)


def test_the_released_recipe_counts_all_positions():
    given = config()
    given["encoders"]["4-1-2"]["pretrain"] = {**PRETRAIN, "recipe": "released", "seed": 3}
    found = layout(given).barcode.models.pretraining("4-1-2")
    assert (found["loss_positions"], found["max_offset"]) == ("all", "below_k")
    assert not found["attention_mask"]
    assert found["seed"] == 3


def test_predictions_lie_with_the_training_or_the_probe():
    found = models(models=[{"encoders": ["4-1-2"], "poolings": ["masked"]}])
    assert found.predictions() == [
        f"{FOLDER}/barcode/finetuned/4-1-2/paper/predictions.parquet",
        f"{FOLDER}/barcode/probed/4-1-2/masked/linear_probe.parquet",
        f"{FOLDER}/barcode/probed/4-1-2/masked/1nn_probe.parquet",
    ]


def test_the_splits_of_all_tables_that_probe_an_encoder_are_embedded():
    assert models().embeddings("4-1-2", "masked") == [
        f"{FOLDER}/embeddings/4-1-2/{split}.npy" for split in ("train", "test", "test_unseen")
    ]
    both = models(search={"encoders": ["4-1-2"]})
    splits = ("train", "test", "test_unseen", "val", "val_unseen")
    assert both.embeddings("4-1-2", "masked") == [
        f"{FOLDER}/embeddings/4-1-2/{split}.npy" for split in splits
    ]
    assert both.embeddings("4-1-2", "released")[0].endswith("/4-1-2_released/train.npy")


def test_each_row_has_a_file_with_its_dimension():
    assert models(models=[{"encoders": ["4-1-2"], "poolings": ["released"]}]).descriptions() == [
        f"{FOLDER}/barcode/finetuned/4-1-2/paper/config.json",
        f"{FOLDER}/embeddings/4-1-2_released/train.json",
        f"{FOLDER}/embeddings/4-1-2_released/train.json",
    ]


def test_weights_are_those_that_are_made_here_or_none():
    found = models()
    folder = f"{FOLDER}/barcode/pretrained/4-1-2"
    assert found.weights("4-1-2") == [f"{folder}/model.safetensors", f"{folder}/config.json"]
    folder = f"{FOLDER}/barcode/finetuned/plain_cnn/cnn"
    assert found.weights("cnn") == [f"{folder}/model.safetensors", f"{folder}/config.json"]
    assert found.weights("plain_cnn") == []


def test_rows_are_described_by_their_encoder():
    row = models().described[0]
    assert row["evaluation"]["encoder"] == "4-1-2"
    assert (row["encoder"]["dna"], row["epochs"]) == ("barcodebert", 35)
    assert models().described[-1]["epochs"] is None


@pytest.mark.parametrize(
    ("barcode", "words"),
    [
        ({"models": [{"encoders": ["vit"]}]}, "barcode.models is 'vit'"),
        ({"models": [{"encoders": ["4-1-2"], "finetuning": "no"}]}, "barcode.models is 'no'"),
        ({"search": {"encoders": ["4-1-3"]}}, "barcode.search is '4-1-3'"),
        ({"dataset": "small1m"}, "barcode.dataset is 'small1m'"),
    ],
)
def test_a_name_that_nothing_has_is_refused(barcode, words):
    with pytest.raises(InputError, match=words):
        layout(config(**barcode))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("4-1-2", {"pretrain": {**PRETRAIN, "recipe": "no"}}, "4-1-2.pretrain.recipe is 'no'"),
        ("cnn", {"finetuned": {"encoder": "x", "recipe": "cnn"}}, "cnn.finetuned.encoder is 'x'"),
        ("cnn", {"finetuned": {"encoder": "cnn", "recipe": "x"}}, "cnn.finetuned.recipe is 'x'"),
    ],
)
def test_an_encoder_of_a_recipe_that_there_is_not_is_refused(name, change, words):
    given = config()
    given["encoders"][name] |= change
    with pytest.raises(InputError, match=words):
        layout(given)
