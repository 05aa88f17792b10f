"""Fine-tuning a detector (1M §4.2: AdamW, 1e-4, weight decay 1e-4, batch 8, 10 epochs)."""

from collections.abc import Mapping
from typing import Any

import lightning
import torch
from torch import nn

from bioscan.detect.model import batch_images

Sample = tuple[torch.Tensor, dict[str, torch.Tensor]]


class DetectorModule(lightning.LightningModule):
    """A detector with its own loss."""

    def __init__(self, model: nn.Module, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.model = model
        self.settings = settings

    def training_step(self, batch: dict[str, Any], _: int) -> torch.Tensor:
        return self.model(**batch).loss

    def configure_optimizers(self) -> dict[str, Any]:
        backbone = [p for n, p in self.model.named_parameters() if "backbone" in n]
        head = [p for n, p in self.model.named_parameters() if "backbone" not in n]
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in head if p.requires_grad]},
                {
                    "params": [p for p in backbone if p.requires_grad],
                    "lr": self.settings["backbone_learning_rate"],
                },
            ],
            lr=self.settings["learning_rate"],
            weight_decay=self.settings["weight_decay"],
        )
        if not self.settings["cosine"]:
            return {"optimizer": optimizer}
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def collate(samples: list[Sample]) -> dict[str, Any]:
    """Samples of AnnotatedImages as one batch of a transformers detector."""
    images, labels = zip(*samples, strict=True)
    return {**batch_images(images), "labels": list(labels)}
