"""Classifiers: backbones, losses, saving, and one short training."""

import json
from math import log

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from bioscan.classify.evaluation import predict
from bioscan.classify.model import (
    ClassifierModule,
    Normalised,
    build_backbone,
    focal_loss,
    load_classifier,
    save_classifier,
)
from bioscan.classify.samples import LabelledPhotographs
from bioscan.core.errors import InputError
from bioscan.core.images import encode
from bioscan.core.pack import write_pack
from bioscan.core.training import train

#: timm's smallest models.
SMALL = {"test_resnet": {}, "test_vit": {"img_size": 32}}
DESCRIPTION = {"timm": "test_resnet", "options": {}, "classes": ["Diptera", "Hemiptera", "Other"]}
SETTINGS = {
    "epochs": 1,
    "batch_size": 4,
    "seed": 0,
    "loss": "ce",
    "focal_gamma": 2,
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0001,
}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """More only get in each other's way with networks as small as these."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# Losses


def test_focal_loss_by_hand():
    """The true class has probability 3/4 in the first row and 1/4 in the second."""
    logits = torch.tensor([[log(3), 0.0], [log(3), 0.0]])
    expected = (0.25**2 * log(4 / 3) + 0.75**2 * log(4)) / 2
    assert float(focal_loss(logits, torch.tensor([0, 1]), gamma=2)) == pytest.approx(expected)


def test_focal_loss_without_gamma_is_cross_entropy():
    logits = torch.randn(20, 5, generator=torch.Generator().manual_seed(0))
    target = torch.arange(20) % 5
    torch.testing.assert_close(
        focal_loss(logits, target, gamma=0), functional.cross_entropy(logits, target)
    )


def test_focal_loss_has_a_gradient_where_the_answer_is_certain():
    logits = torch.tensor([[100.0, 0.0]], requires_grad=True)
    focal_loss(logits, torch.tensor([0]), gamma=0.5).backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize(("loss", "gamma"), [("ce", 0), ("focal", 2)])
def test_a_module_trains_with_the_loss_of_its_settings(loss, gamma):
    torch.manual_seed(0)
    module = ClassifierModule(build_backbone("test_resnet", 3, {}, None), 3, SETTINGS)
    module.settings = {**SETTINGS, "loss": loss}
    logits, target = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    torch.testing.assert_close(module._loss(logits, target), focal_loss(logits, target, gamma))


# Backbones


@pytest.mark.parametrize("name", SMALL)
def test_a_backbone_has_a_head_for_the_classes(name):
    backbone = build_backbone(name, 7, SMALL[name], None).eval()
    assert backbone(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


@pytest.mark.parametrize("name", SMALL)
def test_pretrained_weights_are_kept_but_for_the_head(name, tmp_path):
    pretrained = build_backbone(name, 1000, SMALL[name], None)
    save_file(pretrained.state_dict(), tmp_path / "model.safetensors")
    backbone = build_backbone(name, 7, SMALL[name], tmp_path / "model.safetensors")
    kept = backbone.state_dict()
    head = f"{backbone.pretrained_cfg['classifier']}."
    body = [key for key in kept if not key.startswith(head)]
    assert len(body) == len(kept) - 2
    for key in body:
        assert torch.equal(kept[key], pretrained.state_dict()[key]), key


def test_a_head_of_the_same_size_is_left_out_too(tmp_path):
    pretrained = build_backbone("test_resnet", 3, {}, None)
    save_file(pretrained.state_dict(), tmp_path / "model.safetensors")
    backbone = build_backbone("test_resnet", 3, {}, tmp_path / "model.safetensors")
    assert not torch.equal(backbone.fc.weight, pretrained.fc.weight)


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda state: {"strange": torch.zeros(1)}, "not the weights of test_resnet: ['conv1.0."),
        (
            lambda state: {**state, "strange": torch.zeros(1)},
            "not the weights of test_resnet: ['strange']",
        ),
        (
            lambda state: {**state, "conv1.0.weight": torch.zeros(1)},
            "not the weights of test_resnet: size mismatch for conv1.0.weight",
        ),
    ],
)
def test_weights_of_another_model_are_one_clear_line(make, fault, tmp_path):
    path = tmp_path / "model.safetensors"
    save_file(make(build_backbone("test_resnet", 3, {}, None).state_dict()), path)
    with pytest.raises(InputError) as error:
        build_backbone("test_resnet", 3, {}, path)
    assert str(error.value).startswith(f"{path}: {fault}")
    assert "\n" not in str(error.value)


def test_what_is_no_safetensors_file_is_one_clear_line(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(InputError) as error:
        build_backbone("test_resnet", 3, {}, path)
    assert str(error.value).startswith(f"{path}: not a safetensors file")


@pytest.mark.parametrize(
    ("name", "options"), [("resnet_of_nobody", {}), ("test_resnet", {"no_such_option": 1})]
)
def test_what_timm_does_not_know_is_one_clear_line(name, options):
    with pytest.raises(InputError) as error:
        build_backbone(name, 3, options, None)
    assert str(error.value).startswith(f"config: timm makes no '{name}' with {options} (")
    assert "\n" not in str(error.value)


def test_photographs_are_normalised():
    network = Normalised(torch.nn.Identity())
    white = network(torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)).flatten().tolist()
    assert white == pytest.approx(
        [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225], rel=1e-5
    )


# Saving


def test_a_saved_classifier_gives_the_same_logits(tmp_path):
    backbone = build_backbone("test_resnet", 3, {}, None)
    save_classifier(backbone, DESCRIPTION, tmp_path)
    network, description = load_classifier(tmp_path)
    photographs = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    before = Normalised(backbone).eval()(photographs)
    assert torch.equal(network.eval()(photographs), before)
    assert description["classes"] == DESCRIPTION["classes"]


def test_the_description_says_how_to_normalise(tmp_path):
    save_classifier(build_backbone("test_resnet", 3, {}, None), DESCRIPTION, tmp_path)
    description = json.loads((tmp_path / "model.json").read_text())
    assert description["mean"] == [0.485, 0.456, 0.406]
    assert description["std"] == [0.229, 0.224, 0.225]


# Training and prediction


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Eight photographs: dark ones are class 0, light ones class 1."""
    path = tmp_path_factory.mktemp("packs") / "0000.h5"
    shades = [20, 230] * 4
    jpegs = [encode(np.full((36, 40, 3), shade, dtype=np.uint8), 90) for shade in shades]
    write_pack(path, "cropped_256", zip("ABCDEFGH", jpegs, strict=True), {})
    rows = pl.DataFrame({"shard": [0] * 8, "row": range(8), "class": [0, 1] * 4})
    return LabelledPhotographs([path], rows, image_size=36, crop_size=32)


@pytest.fixture(scope="module")
def training(photographs, tmp_path_factory):
    """Trains a network for an epoch: (network, history)."""

    def run(**settings):
        settings = {**SETTINGS, **settings}
        torch.manual_seed(settings["seed"])
        network = build_backbone("test_resnet", 2, {}, None)
        history = train(
            ClassifierModule(network, 2, settings),
            photographs,
            photographs,
            settings=settings,
            checkpoints=tmp_path_factory.mktemp("run") / "checkpoints",
            workers=0,
            monitor="val_top1",
        )
        return network.cpu(), history

    return run


@pytest.fixture(scope="module")
def trained(training):
    return training()


def test_training_writes_the_history(trained):
    _, history = trained
    assert [row["epoch"] for row in history] == [0]
    assert set(history[0]) == {"epoch", "train_loss", "val_loss", "val_top1", "val_macro_top1"}


def test_the_same_seed_gives_the_same_weights(training, trained):
    first, second = trained[0].state_dict(), training()[0].state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize(
    ("loss", "optimizer", "rate"), [("ce", "sgd", 0.05), ("focal", "adamw", 0.003)]
)
def test_what_can_be_learnt_is_learnt(photographs, loss, optimizer, rate):
    settings = {**SETTINGS, "loss": loss, "optimizer": optimizer, "learning_rate": rate}
    torch.manual_seed(0)
    module = ClassifierModule(build_backbone("test_resnet", 2, {}, None), 2, settings)
    pixels = torch.stack([photographs[n][0] for n in range(8)])
    target = torch.tensor([photographs[n][1] for n in range(8)])
    descent = module.configure_optimizers()
    for _ in range(15):
        descent.zero_grad()
        module._loss(module.network(pixels), target).backward()
        descent.step()
    probabilities = predict(module.network, photographs, batch_size=3, workers=0)
    assert probabilities.argmax(axis=1).tolist() == [0, 1] * 4


def test_predictions_are_probabilities_in_order(photographs):
    torch.manual_seed(0)
    network = Normalised(build_backbone("test_resnet", 2, {}, None))
    probabilities = predict(network, photographs, batch_size=3, workers=0)
    assert probabilities.shape == (8, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    single = network(photographs[5][0][None]).softmax(1).detach().numpy()[0]
    np.testing.assert_allclose(probabilities[5], single, atol=1e-5)
    assert abs(probabilities[4] - probabilities[5]).max() > 1e-3
