"""The optimiser and the learning-rate schedule of every trained module."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import lightning
from timm.optim import create_optimizer_v2
from torch.optim.lr_scheduler import CosineAnnealingLR, MultiStepLR, OneCycleLR

from bioscan.core.errors import InputError

#: Names of the parameters of a backbone, as transformers and segmentation_models_pytorch call it.
BACKBONE = re.compile(r"backbone|network\.encoder\.")


@dataclass(frozen=True)
class OptimizerSettings:
    """An optimiser with its schedule.

    Attributes:
        optimizer: a timm name (sgd, adamw, …).
        learning_rate: at the start; of "one_cycle" the highest.
        weight_decay: of all parameters, biases and norms too.
        schedule: of the learning rate: "constant"; "cosine", which falls to 0 over all steps;
            "multi_step", which falls to a tenth after each of `decay_epochs`; or "one_cycle", which
            rises to `learning_rate` over three tenths of all steps and falls to 0, with PyTorch's
            defaults.
        decay_epochs: of "multi_step".
        backbone_learning_rate: at the start, of the BACKBONE's parameters, as the second parameter
            group. None: there is one group for all.
        momentum: of optimisers that have one.
        nesterov: whether the momentum of sgd is Nesterov's.
    """

    optimizer: str
    learning_rate: float
    weight_decay: float
    schedule: Literal["constant", "cosine", "multi_step", "one_cycle"] = "constant"
    decay_epochs: tuple[int, ...] = ()
    backbone_learning_rate: float | None = None
    momentum: float = 0.9
    nesterov: bool = False


def configure_optimizer(
    module: lightning.LightningModule, settings: OptimizerSettings
) -> dict[str, Any]:
    """The optimiser and schedule of a module, as its `configure_optimizers` returns them.

    Parameters that do not require a gradient are left out.

    Raises:
        InputError: timm has no optimiser of this name.
    """
    trainable = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    if settings.backbone_learning_rate is None:
        groups = [{"params": [p for _, p in trainable]}]
    else:
        groups = [
            {"params": [p for name, p in trainable if not BACKBONE.search(name)]},
            {
                "params": [p for name, p in trainable if BACKBONE.search(name)],
                "lr": settings.backbone_learning_rate,
            },
        ]
    # timm's sgd is Nesterov's by default; other optimisers do not know the option.
    nesterov = {"nesterov": settings.nesterov} if settings.optimizer == "sgd" else {}
    try:
        optimizer = create_optimizer_v2(
            groups,
            opt=settings.optimizer,
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            **nesterov,
        )
    except ValueError as error:
        raise InputError(
            f"config: timm makes no optimizer '{settings.optimizer}' ({error}); expected one of "
            "timm.optim.list_optimizers()"
        ) from error

    if settings.schedule == "cosine":
        steps = int(module.trainer.estimated_stepping_batches)
        schedule, interval = CosineAnnealingLR(optimizer, steps), "step"
    elif settings.schedule == "one_cycle":
        steps = int(module.trainer.estimated_stepping_batches)
        schedule, interval = OneCycleLR(optimizer, settings.learning_rate, steps), "step"
    elif settings.schedule == "multi_step":
        schedule, interval = MultiStepLR(optimizer, settings.decay_epochs), "epoch"
    else:
        return {"optimizer": optimizer}
    return {
        "optimizer": optimizer,
        "lr_scheduler": {"scheduler": schedule, "interval": interval},
    }
