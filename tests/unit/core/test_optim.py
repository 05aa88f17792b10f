"""Optimisers and schedules, against steps worked by hand."""

from types import SimpleNamespace
from typing import Any

import lightning
import pytest
import torch
from torch import nn

from bioscan.core.errors import InputError
from bioscan.core.optim import OptimizerSettings, configure_optimizer


class Module(lightning.LightningModule):
    """A backbone and a head, with weights that begin at 1."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.head = nn.Linear(1, 2), nn.Linear(2, 2)
        for weight in self.parameters():
            nn.init.ones_(weight)


def configured(module: Module | None = None, **changes: Any) -> dict[str, Any]:
    settings = {"optimizer": "sgd", "learning_rate": 0.01, "weight_decay": 0.0001, **changes}
    return configure_optimizer(module or Module(), OptimizerSettings(**settings))


def rates(configured: dict[str, Any], steps: int) -> list[float]:
    """The learning rate of each step."""
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


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
def test_sgd_by_hand(nesterov: bool, second: float):
    """Two steps of weights that begin at 1 and have the gradient 0.5: biases like all others."""
    module = Module()
    changes = {"learning_rate": 0.1, "weight_decay": 0.6, "momentum": 0.9, "nesterov": nesterov}
    optimizer = configured(module, **changes)["optimizer"]
    for _ in range(2):
        for weight in module.parameters():
            weight.grad = torch.full_like(weight, 0.5)
        optimizer.step()
    for weight in module.parameters():
        assert weight.flatten().tolist() == pytest.approx([second] * weight.numel())


def test_an_optimiser_that_timm_does_not_know_is_one_clear_line():
    with pytest.raises(InputError) as error:
        configured(optimizer="adamm")
    assert str(error.value).startswith("config: timm makes no optimizer 'adamm' (")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
@pytest.mark.parametrize("backbone_rate", [None, 0.001])
def test_the_optimiser_has_every_parameter_once_and_decays_it(name, backbone_rate):
    module = Module()
    changes = {"optimizer": name, "weight_decay": 0.02, "backbone_learning_rate": backbone_rate}
    optimizer = configured(module, **changes)["optimizer"]
    given = sorted(id(weight) for group in optimizer.param_groups for weight in group["params"])
    assert given == sorted(id(weight) for weight in module.parameters())
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.02}
    assert type(optimizer).__name__.lower() == name


def test_parameters_that_need_no_gradient_are_left_out():
    module = Module()
    module.backbone.requires_grad_(False)
    (group,) = configured(module)["optimizer"].param_groups
    assert {id(p) for p in group["params"]} == {id(p) for p in module.head.parameters()}


def test_the_backbone_may_have_a_learning_rate_of_its_own():
    module = Module()
    groups = configured(module, backbone_learning_rate=0.001)["optimizer"].param_groups
    assert [group["lr"] for group in groups] == [0.01, 0.001]
    assert {id(p) for p in groups[1]["params"]} == {id(p) for p in module.backbone.parameters()}


def test_a_constant_learning_rate_has_no_schedule():
    assert configured().keys() == {"optimizer"}


def test_the_learning_rate_falls_to_a_tenth_after_the_epochs_named():
    found = configured(schedule="multi_step", decay_epochs=(2, 3))
    assert found["lr_scheduler"]["interval"] == "epoch"
    assert rates(found, 5) == pytest.approx([0.01, 0.01, 0.001, 0.0001, 0.0001])


def test_the_cosine_ends_at_zero():
    module = Module()
    module.trainer = SimpleNamespace(estimated_stepping_batches=4)
    found = configured(module, schedule="cosine")
    assert found["lr_scheduler"]["interval"] == "step"
    # 0.01 · (1 + cos(π · step / 4)) / 2
    expected = [0.01, 0.0085355, 0.005, 0.0014645, 0]
    assert rates(found, 5) == pytest.approx(expected, abs=1e-6)


def test_the_encoder_of_a_segmentation_network_is_its_backbone():
    module = Module()
    module.network = nn.ModuleDict({"encoder": nn.Linear(1, 1), "decoder": nn.Linear(1, 1)})
    groups = configured(module, backbone_learning_rate=0.001)["optimizer"].param_groups
    encoder = {id(p) for p in module.network["encoder"].parameters()}
    assert encoder <= {id(p) for p in groups[1]["params"]}
    assert {id(p) for p in module.network["decoder"].parameters()} <= {
        id(p) for p in groups[0]["params"]
    }
