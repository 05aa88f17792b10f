"""Classifiers: backbones, losses, saving, and one short training."""

import json
import os
import subprocess
import sys
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import timm
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from bioscan.classify.evaluation import predict
from bioscan.classify.model import (
    Classifier,
    ClassifierModule,
    FocalLoss,
    build_backbone,
    class_weights,
    load_classifier,
    normalisation,
    preprocessing_sizes,
    save_classifier,
)
from bioscan.classify.samples import LabelledImages
from bioscan.core.errors import InputError
from bioscan.core.images import encode
from bioscan.core.pack import write_pack
from bioscan.core.training import train

#: timm's smallest models.
SMALL = {"test_resnet": {}, "test_vit": {"img_size": 32}}
CLASSES = ["Diptera", "Hemiptera", "Other"]
SETTINGS = {
    "epochs": 1,
    "batch_size": 4,
    "seed": 0,
    "loss": "ce",
    "focal_gamma": 2,
    "focal_alpha": None,
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "decay_epochs": [],
    "momentum": 0.9,
    "nesterov": False,
    "weight_decay": 0.0001,
}
#: Like no pretrained weights', so that a default is told from them.
UNUSUAL = {"mean": [0.6, 0.4, 0.3], "std": [0.1, 0.3, 0.6]}


def small_classifier(name: str = "test_resnet", classes: int = 3, **options: Any) -> Classifier:
    torch.manual_seed(0)
    return Classifier(build_backbone(name, classes, options, None), **UNUSUAL)


def learner(backbone: nn.Module, counts: list[int], **changes: Any) -> ClassifierModule:
    """A module for a backbone that takes values from -1 to 1."""
    classifier = Classifier(backbone, mean=[0.5] * 3, std=[0.5] * 3)
    return ClassifierModule(classifier, counts, {**SETTINGS, **changes})


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """More only get in each other's way with networks as small as these."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# Losses

#: The true class has probability 3/4 in the first row and 1/4 in the second.
ROWS, TRUE = torch.tensor([[log(3), 0.0], [log(3), 0.0]]), torch.tensor([0, 1])


def test_focal_loss_by_hand():
    expected = (0.25**2 * log(4 / 3) + 0.75**2 * log(4)) / 2
    loss = FocalLoss(2, class_weights(None, [1, 1]))
    assert float(loss(ROWS, TRUE)) == pytest.approx(expected)


def test_focal_loss_weighs_each_class_by_its_alpha():
    expected = (3 * 0.25**2 * log(4 / 3) + 0.5 * 0.75**2 * log(4)) / 2
    loss = FocalLoss(2, torch.tensor([3, 0.5]))
    assert float(loss(ROWS, TRUE)) == pytest.approx(expected)


def test_focal_loss_without_gamma_is_cross_entropy():
    logits = torch.randn(20, 5, generator=torch.Generator().manual_seed(0))
    target = torch.arange(20) % 5
    torch.testing.assert_close(
        FocalLoss(0, torch.ones(5))(logits, target), functional.cross_entropy(logits, target)
    )


def test_focal_loss_has_a_gradient_where_the_answer_is_certain():
    logits = torch.tensor([[100.0, 0.0]], requires_grad=True)
    FocalLoss(0.5, torch.ones(2))(logits, torch.tensor([0])).backward()
    assert torch.isfinite(logits.grad).all()


def test_inverse_frequency_makes_all_classes_count_the_same():
    counts = [6, 3, 1]
    weights = class_weights("inverse_frequency", counts)
    assert weights.tolist() == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    contributions = weights * torch.tensor(counts)
    assert contributions.tolist() == pytest.approx([10 / 3] * 3)
    assert float(contributions.sum()) / sum(counts) == pytest.approx(1)  # on average, 1


@pytest.mark.parametrize(("alpha", "weight"), [(None, 1), (0.25, 0.25), (2, 2)])
def test_a_number_is_the_alpha_of_all_classes(alpha, weight):
    assert class_weights(alpha, [6, 3, 1]).tolist() == [weight] * 3


@pytest.mark.parametrize(
    ("loss", "alpha", "expected"),
    [
        ("ce", None, (log(4 / 3) + log(4)) / 2),
        ("ce", 0.25, (log(4 / 3) + log(4)) / 2),  # α is of the focal loss
        ("focal", None, (0.25**2 * log(4 / 3) + 0.75**2 * log(4)) / 2),
        ("focal", 0.25, (0.25**2 * log(4 / 3) + 0.75**2 * log(4)) / 8),
        # 3 and 1 training samples: 4 / (2 · 3) and 4 / (2 · 1)
        (
            "focal",
            "inverse_frequency",
            (2 / 3 * 0.25**2 * log(4 / 3) + 2 * 0.75**2 * log(4)) / 2,
        ),
    ],
)
def test_a_module_trains_with_the_loss_of_its_settings(loss, alpha, expected):
    module = learner(nn.Identity(), [3, 1], loss=loss, focal_alpha=alpha)
    module.classifier.forward = lambda _: ROWS
    assert float(module.training_step((None, TRUE), 0)) == pytest.approx(expected)


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


# Classifiers


@pytest.mark.parametrize("name", SMALL)
def test_images_are_normalised_as_they_were_for_the_pretrained_weights(name):
    backbone = build_backbone(name, 3, SMALL[name], None)
    backbone.pretrained_cfg = {**backbone.pretrained_cfg, "mean": (0.1, 0.2, 0.3)}
    found = normalisation(backbone, normalise=True)
    assert found == {"mean": [0.1, 0.2, 0.3], "std": list(backbone.pretrained_cfg["std"])}


def test_values_are_normalised_channel_by_channel():
    classifier = Classifier(nn.Identity(), mean=[0.5, 0.25, 0.2], std=[0.5, 0.25, 0.1])
    white = torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)
    assert classifier(white).flatten().tolist() == pytest.approx([1, 3, 8])


def test_without_normalisation_values_are_from_0_to_1():
    backbone = build_backbone("test_resnet", 3, {}, None)
    classifier = Classifier(nn.Identity(), **normalisation(backbone, normalise=False))
    values = torch.arange(0, 256, dtype=torch.uint8).repeat(3, 1)[None, :, None]
    torch.testing.assert_close(classifier(values), values / 255)


@pytest.mark.parametrize("name", SMALL)
def test_the_order_in_memory_does_not_change_the_logits(name):
    torch.manual_seed(0)
    backbone = build_backbone(name, 3, SMALL[name], None).eval()
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.inference_mode():
        plain = backbone(images / 255)
        classifier = Classifier(backbone, **normalisation(backbone, normalise=False))
        torch.testing.assert_close(classifier(images), plain, rtol=1e-4, atol=1e-5)
    kernels = [weight for weight in classifier.parameters() if weight.dim() == 4]
    assert kernels
    for kernel in kernels:
        assert kernel.is_contiguous(memory_format=torch.channels_last)


# Optimisers


def optimiser(classes: int = 3, **changes: Any) -> tuple[ClassifierModule, dict[str, Any]]:
    module = learner(build_backbone("test_resnet", classes, {}, None), [1] * classes, **changes)
    return module, module.configure_optimizers()


@pytest.mark.parametrize(
    ("nesterov", "second"),
    [
        # Velocity 0.5 + 0.6 · 1 = 1.1, weight 0.89; velocity 0.9 · 1.1 + 0.5 + 0.6 · 0.89 = 2.024.
        (False, 0.89 - 0.1 * 2.024),
        # A step is the slope and 0.9 of the new velocity: 1.1 + 0.99, weight 0.791; slope
        # 0.5 + 0.6 · 0.791 = 0.9746, velocity 0.9 · 1.1 + 0.9746 = 1.9646.
        (True, 0.791 - 0.1 * (0.9746 + 0.9 * 1.9646)),
    ],
)
def test_sgd_by_hand(nesterov, second):
    """Two steps of weights that begin at 1 and have the gradient 0.5: biases like all others."""
    recipe = {"learning_rate": 0.1, "weight_decay": 0.6, "nesterov": nesterov}
    module = learner(nn.Linear(1, 2), [1, 1], **recipe)
    descent = module.configure_optimizers()["optimizer"]
    for weight in module.parameters():
        nn.init.ones_(weight)
    for _ in range(2):
        for weight in module.parameters():
            weight.grad = torch.full_like(weight, 0.5)
        descent.step()
    for weight in module.parameters():
        assert weight.flatten().tolist() == pytest.approx([second] * 2)


def test_an_optimiser_that_timm_does_not_know_is_one_clear_line():
    with pytest.raises(InputError) as error:
        optimiser(optimizer="adamm")
    assert str(error.value).startswith("config: timm makes no optimizer 'adamm' (")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_the_optimiser_has_every_parameter_once_and_decays_it(name):
    module, configured = optimiser(optimizer=name, weight_decay=0.02)
    groups = configured["optimizer"].param_groups
    given = sorted(id(weight) for group in groups for weight in group["params"])
    assert given == sorted(id(weight) for weight in module.parameters())
    assert {group["weight_decay"] for group in groups} == {0.02}
    assert type(configured["optimizer"]).__name__.lower() == name


def test_the_learning_rate_falls_to_a_tenth_after_the_epochs_named():
    _, configured = optimiser(decay_epochs=[2, 3])
    descent, schedule = configured["optimizer"], configured["lr_scheduler"]
    rates = []
    for _ in range(5):
        rates.append(descent.param_groups[0]["lr"])
        descent.step()
        schedule.step()
    assert rates == pytest.approx([0.01, 0.01, 0.001, 0.0001, 0.0001])


# Saving


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


def describe(**more: Any) -> dict[str, Any]:
    return {"label_names": CLASSES, **more}


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_classifier_gives_the_same_logits(name, folder):
    before = small_classifier(name, **SMALL[name]).eval()
    save_classifier(before, describe(), (36, 32), folder)
    after, _ = load_classifier(folder)
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    assert torch.equal(after.eval()(images), before(images))


def test_what_is_to_be_known_of_a_classifier_is_saved_with_it(folder):
    more = {"experiment": "small_insect_order", "training_samples": [5, 2, 1], "training": SETTINGS}
    save_classifier(small_classifier(), describe(**more), (36, 32), folder)
    _, config = load_classifier(folder)
    assert config["architecture"] == "test_resnet" and config["num_classes"] == 3
    assert {key: config[key] for key in ("label_names", *more)} == describe(**more)
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}


#: What anyone does with a published model, and prints of it. (`argv`: image, folders.)
STRANGER = """
import importlib.util, json, sys
import timm, torch
from PIL import Image
assert importlib.util.find_spec("bioscan") is None
found = []
for folder in sys.argv[2:]:
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    with torch.inference_mode():
        logits = model(transform(Image.open(sys.argv[1]).convert("RGB"))[None])
    found.append([model.pretrained_cfg["label_names"], logits[0].tolist()])
print(json.dumps(found))
"""


def test_whoever_has_timm_can_use_a_classifier_without_this_repository(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    classifiers = {
        224: small_classifier("test_resnet").eval(),
        112: small_classifier("test_vit", img_size=112).eval(),
    }
    for crop_size, classifier in classifiers.items():
        save_classifier(classifier, describe(), (256, crop_size), tmp_path / str(crop_size))
    told = subprocess.run(
        [sys.executable, "-c", STRANGER, "image.png", *map(str, classifiers)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    for (crop_size, classifier), (names, logits) in zip(classifiers.items(), found, strict=True):
        edge = (256 - crop_size) // 2
        square = torch.tensor(pixels[edge:-edge, edge:-edge]).permute(2, 0, 1)
        assert names == CLASSES
        assert logits == pytest.approx(classifier(square[None])[0].tolist(), rel=1e-4, abs=1e-5)


sizes_of_squares = st.integers(16, 2048).flatmap(
    lambda image: st.tuples(st.just(image), st.integers(16, image))
)


@settings(max_examples=60, deadline=None)
@given(sizes_of_squares)
@example((256, 224))
@example((128, 112))
@example((64, 48))
@example((50, 28))
@example((32, 32))
def test_the_sizes_are_those_that_were_saved_to_us_and_to_timm(folder, sizes):
    save_classifier(small_classifier(), describe(), sizes, folder)
    config = json.loads((folder / "config.json").read_text())
    assert preprocessing_sizes(config) == sizes
    model = timm.create_model(f"local-dir:{folder}")
    steps = timm.data.create_transform(**timm.data.resolve_model_data_config(model)).transforms
    assert (steps[0].size, steps[1].size) == (sizes[0], (sizes[1], sizes[1]))


# Training and prediction


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Eight images: dark ones are class 0, light ones class 1."""
    path = tmp_path_factory.mktemp("packs") / "0000.h5"
    shades = [20, 230] * 4
    jpegs = [encode(np.full((36, 40, 3), shade, dtype=np.uint8), 90) for shade in shades]
    write_pack(path, "cropped_256", zip("ABCDEFGH", jpegs, strict=True), {})
    rows = pl.DataFrame({"shard": [0] * 8, "row": range(8), "class": [0, 1] * 4})
    return LabelledImages([path], rows, image_size=36, crop_size=32)


@pytest.fixture(scope="module")
def training(images, tmp_path_factory):
    """Trains a classifier, for an epoch unless told otherwise: (module, history)."""

    def run(**changes):
        torch.manual_seed(0)
        module = learner(build_backbone("test_resnet", 2, {}, None), [4, 4], **changes)
        history = train(
            module,
            images,
            images,
            settings=module.settings,
            checkpoints=tmp_path_factory.mktemp("run") / "checkpoints",
            workers=0,
            monitor="val_top1",
        )
        return module.cpu(), history

    return run


@pytest.fixture(scope="module")
def trained(training):
    return training()


def test_training_writes_the_history(trained):
    _, history = trained
    assert [row["epoch"] for row in history] == [0]
    assert list(history[0]) == ["epoch", "train_loss", "val_loss", "val_top1", "val_macro_top1"]


def test_the_history_tells_how_the_validation_split_is_classified(images, trained):
    module, (row,) = trained
    logits = predict(module.classifier, images, batch_size=8, workers=0)
    target = torch.tensor(images.label)
    assert row["val_loss"] == pytest.approx(float(functional.cross_entropy(logits, target)))
    right = logits.argmax(dim=1) == target
    assert row["val_top1"] == pytest.approx(float(right.float().mean()))
    assert row["val_macro_top1"] == pytest.approx(row["val_top1"])  # four of each class


def test_validation_accuracy_is_over_all_batches_and_the_classes_that_occur():
    # Class 0: 3 of 4 right; class 1: 0 of 1; class 2 is only predicted; class 3 neither.
    batches = [([0, 0, 2], [0, 0, 0]), ([0, 2], [0, 1])]
    module, logged = learner(nn.Identity(), [1] * 4), {}
    module.log = lambda name, value, **_: logged.update({name: float(value)})
    for _ in range(2):  # epochs: the second one knows nothing of the first
        for number, (predicted, target) in enumerate(batches):
            module.classifier.forward = lambda _, answers=predicted: torch.eye(4)[answers]
            module.validation_step((None, torch.tensor(target)), number)
        module.on_validation_epoch_end()
        assert logged["val_top1"] == pytest.approx(3 / 5)
        assert logged["val_macro_top1"] == pytest.approx((3 / 4 + 0) / 2)


def test_the_same_seed_gives_the_same_weights(training, trained):
    first, second = trained[0].state_dict(), training()[0].state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_the_learning_rate_falls_with_the_epochs_not_with_the_steps(training):
    module, history = training(epochs=2, decay_epochs=[1, 4])  # of two steps each
    assert len(history) == 2
    (descent,) = module.trainer.optimizers
    assert descent.param_groups[0]["lr"] == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("loss", "optimizer", "rate"), [("ce", "sgd", 0.05), ("focal", "adamw", 0.003)]
)
def test_what_can_be_learnt_is_learnt(images, loss, optimizer, rate):
    torch.manual_seed(0)
    recipe = {"loss": loss, "optimizer": optimizer, "learning_rate": rate}
    module = learner(build_backbone("test_resnet", 2, {}, None), [4, 4], **recipe)
    batch = (
        torch.stack([images[n][0] for n in range(8)]),
        torch.tensor([images[n][1] for n in range(8)]),
    )
    descent = module.configure_optimizers()["optimizer"]
    for step in range(40):
        descent.zero_grad()
        module.training_step(batch, step).backward()
        descent.step()
    logits = predict(module.classifier, images, batch_size=3, workers=0)
    assert logits.argmax(dim=1).tolist() == [0, 1] * 4


def test_predictions_are_logits_in_order(images):
    classifier = small_classifier(classes=2)
    logits = predict(classifier, images, batch_size=3, workers=0)
    assert (logits.shape, logits.dtype) == ((8, 2), torch.float32)
    single = classifier(images[5][0][None])[0].detach()
    torch.testing.assert_close(logits[5], single, rtol=1e-4, atol=1e-5)
    assert abs(logits[4] - logits[5]).max() > 1e-3
