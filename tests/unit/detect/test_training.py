"""The module that trains a detector, and short trainings with it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import lightning
import numpy as np
import pytest
import torch

from bioscan.core.training.loop import TrainingSettings, train
from bioscan.detect.annotations import AnnotatedImages
from bioscan.detect.model import Scaling, load_detector
from bioscan.detect.training import DetectorModule, collate
from tests.unit.detect.settings import SETTINGS


@pytest.fixture(scope="module")
def wells(well, tmp_path_factory):
    """Four images of 64 × 64 pixels; the last is an empty well."""
    folder = tmp_path_factory.mktemp("wells")
    images, annotations = [], []
    for n in range(4):
        box = (8 * n, 4 * n, 24, 16) if n < 3 else (0, 0, 0, 0)
        (folder / f"{n}.jpg").write_bytes(well((64, 64), box))
        images.append({"id": n, "file_name": f"{n}.jpg", "width": 64, "height": 64})
        if n < 3:
            annotations.append({"image_id": n, "bbox": box})
    coco = folder / "instances.json"
    coco.write_text(json.dumps({"images": images, "annotations": annotations}))
    return AnnotatedImages([(coco, folder)], Scaling(64, 64))


@pytest.fixture(scope="module")
def training(tiny_detector, wells, tmp_path_factory):
    """Trains once: (untrained weights, trained model, history)."""

    def run(**changes):
        settings = replace(SETTINGS, **changes)
        lightning.seed_everything(settings.seed)
        model = load_detector(tiny_detector)
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        folder = tmp_path_factory.mktemp("run")
        module = DetectorModule(model, settings)
        history = train(
            module,
            wells,
            None,
            TrainingSettings.of(settings),
            checkpoints=folder / "checkpoints",
            workers=0,
            collate=collate,
        )
        return before, module.model.cpu(), history

    return run


@pytest.fixture(scope="module")
def trained(training):
    return training()


def test_everything_trainable_changes_and_nothing_frozen(trained):
    before, model, _ = trained
    # A softmax does not change with the bias of its keys: their gradient is 0 but for rounding.
    trained = {n: p for n, p in model.named_parameters() if not n.endswith("k_proj.bias")}
    changed = {n for n, p in trained.items() if not torch.equal(p, before[n])}
    assert changed == {n for n, p in trained.items() if p.requires_grad}
    assert len(before.keys() - changed) >= 3  # stem and first stage


def test_the_history_has_the_loss(trained):
    _, _, history = trained
    assert [set(row) for row in history] == [{"epoch", "train_loss"}]
    assert all(np.isfinite(value) for value in history[0].values())


def test_the_same_seed_gives_the_same_weights(training, trained):
    _, first, _ = trained
    _, second, _ = training()
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name]), name


def test_another_seed_gives_other_weights(training, trained):
    _, first, _ = trained
    _, second, _ = training(seed=1)
    assert not torch.equal(
        first.class_labels_classifier.weight, second.class_labels_classifier.weight
    )


def test_the_backbone_has_a_learning_rate_of_its_own(tiny_detector):
    module = DetectorModule(load_detector(tiny_detector), SETTINGS)
    groups = module.configure_optimizers()["optimizer"].param_groups
    assert [group["lr"] for group in groups] == [0.01, 0.001]
    assert [group["weight_decay"] for group in groups] == [0.1, 0.1]
    of_backbone = {
        id(p) for n, p in module.named_parameters() if "backbone" in n and p.requires_grad
    }
    assert {id(p) for p in groups[1]["params"]} == of_backbone


def test_every_trainable_parameter_is_in_the_optimiser_once(tiny_detector):
    module = DetectorModule(load_detector(tiny_detector), SETTINGS)
    groups = module.configure_optimizers()["optimizer"].param_groups
    given = sorted(id(p) for group in groups for p in group["params"])
    assert given == sorted(id(p) for p in module.parameters() if p.requires_grad)


def test_the_cosine_ends_at_zero(tiny_detector):
    module = DetectorModule(load_detector(tiny_detector), replace(SETTINGS, cosine=True))
    module.trainer = SimpleNamespace(estimated_stepping_batches=4)
    configured = module.configure_optimizers()
    assert configured["lr_scheduler"]["interval"] == "step"
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    # 0.01 · (1 + cos(π · step / 4)) / 2
    assert rates == pytest.approx([0.01, 0.0085355, 0.005, 0.0014645, 0], abs=1e-6)


def test_a_batch_holds_images_with_their_labels(wells):
    batch = collate([wells[0], wells[3]])
    assert batch["pixel_values"].shape == (2, 3, 64, 64)
    assert batch["pixel_mask"].shape == (2, 64, 64)
    assert [len(labels["boxes"]) for labels in batch["labels"]] == [1, 0]


def test_the_loop_follows_the_settings():
    settings = replace(SETTINGS, epochs=7, seed=3)
    assert TrainingSettings.of(settings) == TrainingSettings(7, 2, 3, gradient_clip=0.1)
