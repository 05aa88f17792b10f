"""Fine-tuning a detector (1M §4.2: AdamW, 1e-4, weight decay 1e-4, batch 8, 10 epochs)."""

from typing import Any

import lightning
import torch
from torch import nn

from bioscan.core.optim import OptimizerSettings, configure_optimizer
from bioscan.detect.model import batch_images
from bioscan.detect.settings import DetectorSettings

Sample = tuple[torch.Tensor, dict[str, torch.Tensor]]


class DetectorModule(lightning.LightningModule):
    """A detector with its own loss."""

    def __init__(self, model: nn.Module, settings: DetectorSettings) -> None:
        super().__init__()
        self.model = model
        self.settings = settings

    def training_step(self, batch: dict[str, Any], _: int) -> torch.Tensor:
        return self.model(**batch).loss

    def configure_optimizers(self) -> dict[str, Any]:
        return configure_optimizer(self, optimizer_settings(self.settings))


def optimizer_settings(settings: DetectorSettings) -> OptimizerSettings:
    """The optimiser and schedule of a detector's settings."""
    return OptimizerSettings(
        optimizer="adamw",
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        schedule="cosine" if settings.cosine else "constant",
        backbone_learning_rate=settings.backbone_learning_rate,
    )


def collate(samples: list[Sample]) -> dict[str, Any]:
    """Samples of AnnotatedImages as one batch of a transformers detector."""
    images, labels = zip(*samples, strict=True)
    return {**batch_images(images), "labels": list(labels)}
