"""The module that trains a classifier, and short trainings with it."""

from dataclasses import replace
from math import log
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from bioscan.classify.evaluation import predict
from bioscan.classify.training import ClassifierModule, optimizer_settings
from bioscan.core.optim import OptimizerSettings
from bioscan.core.training.loop import TrainingSettings, train
from bioscan.encoders.image import Backbone, Classifier, build_backbone
from tests.unit.classify.recipes import PAPER

#: The true class has probability 3/4 in the first row and 1/4 in the second.
ROWS, TRUE = torch.tensor([[log(3), 0.0], [log(3), 0.0]]), torch.tensor([0, 1])


def classifier_module(backbone: nn.Module, counts: list[int], **changes: Any) -> ClassifierModule:
    """A module for a backbone that takes values from -1 to 1."""
    classifier = Classifier(backbone, mean=[0.5] * 3, std=[0.5] * 3)
    return ClassifierModule(classifier, counts, replace(PAPER, **changes))


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
def test_a_module_trains_with_the_loss_of_its_recipe(loss, alpha, expected):
    module = classifier_module(nn.Identity(), [3, 1], loss=loss, focal_alpha=alpha)
    module.classifier.forward = lambda _: ROWS
    assert float(module.training_step((None, TRUE), 0)) == pytest.approx(expected)


@pytest.fixture(scope="module")
def training(images, tmp_path_factory):
    """Trains a classifier, for an epoch by default: (module, history)."""

    def run(**changes):
        torch.manual_seed(0)
        module = classifier_module(
            build_backbone(Backbone("test_resnet", {}), 2, None), [4, 4], **changes
        )
        history = train(
            module,
            images,
            images,
            TrainingSettings.of(module.recipe),
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


def test_the_history_has_the_loss_and_accuracy_on_the_validation_split(images, trained):
    module, (row,) = trained
    logits = predict(module.classifier, images, batch_size=8, workers=0)
    target = torch.tensor(images.label)
    # Other batches, other kernels: they differ by rounding.
    expected = float(functional.cross_entropy(logits, target))
    assert row["val_loss"] == pytest.approx(expected, rel=1e-4)
    correct = logits.argmax(dim=1) == target
    assert row["val_top1"] == pytest.approx(float(correct.float().mean()))
    assert row["val_macro_top1"] == pytest.approx(row["val_top1"])  # four of each class


def test_validation_accuracy_is_over_all_batches_and_the_classes_that_occur():
    # Class 0: 3 of 4 right; class 1: 0 of 1; class 2 is only predicted; class 3 neither.
    batches = [([0, 0, 2], [0, 0, 0]), ([0, 2], [0, 1])]
    module, logged = classifier_module(nn.Identity(), [1] * 4), {}
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
def test_a_simple_task_is_learnt(images, loss, optimizer, rate):
    torch.manual_seed(0)
    recipe = {"loss": loss, "optimizer": optimizer, "learning_rate": rate}
    module = classifier_module(
        build_backbone(Backbone("test_resnet", {}), 2, None), [4, 4], **recipe
    )
    batch = (
        torch.stack([images[n][0] for n in range(8)]),
        torch.tensor([images[n][1] for n in range(8)]),
    )
    descent, losses = module.configure_optimizers()["optimizer"], []
    # The means of batch normalisation follow the weights with a delay: after 40 steps those of one
    # seed in three, and of others on other processors, are still wrong; after 80, of none in 10.
    for step in range(120):
        descent.zero_grad()
        loss = module.training_step(batch, step)
        loss.backward()
        descent.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.1 * losses[0]
    logits = predict(module.classifier, images, batch_size=3, workers=0)
    assert logits.argmax(dim=1).tolist() == [0, 1] * 4


def test_the_loop_follows_the_recipe():
    recipe = replace(PAPER, seed=3, precision="bf16", device_batch_size=2)
    assert TrainingSettings.of(recipe) == TrainingSettings(1, 4, 3, "bf16", 2, gradient_clip=None)


@pytest.mark.parametrize(("decay_epochs", "schedule"), [([], "constant"), ([20, 25], "multi_step")])
def test_the_optimiser_follows_the_recipe(decay_epochs, schedule):
    recipe = replace(PAPER, nesterov=True, momentum=0.8, decay_epochs=decay_epochs)
    assert optimizer_settings(recipe) == OptimizerSettings(
        optimizer="sgd",
        learning_rate=0.01,
        weight_decay=0.0001,
        schedule=schedule,
        decay_epochs=tuple(decay_epochs),
        backbone_learning_rate=None,
        momentum=0.8,
        nesterov=True,
    )
