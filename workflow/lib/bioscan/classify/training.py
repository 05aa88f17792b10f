"""Training an image classifier (1M §4.3, Table 4)."""

from collections.abc import Sequence
from typing import Any

import lightning
import torch
from torch import nn
from torchmetrics.classification import MulticlassStatScores

from bioscan.classify.losses import FocalLoss, class_weights
from bioscan.classify.settings import Recipe
from bioscan.core.optim import OptimizerSettings, configure_optimizer
from bioscan.encoders.image import Classifier


class ClassifierModule(lightning.LightningModule):
    """A classifier with its loss, optimiser and validation metrics.

    Logs `val_loss`, `val_top1` (micro) and `val_macro_top1` each epoch.
    """

    def __init__(self, classifier: Classifier, counts: Sequence[int], recipe: Recipe) -> None:
        """
        Args:
            counts: training samples of each class.
        """
        super().__init__()
        self.classifier = classifier
        self.recipe = recipe
        self.loss: nn.Module = nn.CrossEntropyLoss()
        if recipe.loss == "focal":
            alpha = class_weights(recipe.focal_alpha, counts)
            self.loss = FocalLoss(recipe.focal_gamma, alpha)
        self.scores = MulticlassStatScores(len(counts), average="none")

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        images, target = batch
        return self.loss(self.classifier(images), target)

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> None:
        images, target = batch
        logits = self.classifier(images)
        self.scores.update(logits, target)
        self.log("val_loss", self.loss(logits, target), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        correct, *_, samples = self.scores.compute().unbind(dim=1)
        present = samples > 0
        self.log("val_top1", correct.sum() / samples.sum())
        self.log("val_macro_top1", (correct[present] / samples[present]).mean())
        self.scores.reset()

    def configure_optimizers(self) -> dict[str, Any]:
        return configure_optimizer(self, optimizer_settings(self.recipe))


def optimizer_settings(recipe: Recipe) -> OptimizerSettings:
    """The optimiser and schedule of a recipe."""
    return OptimizerSettings(
        optimizer=recipe.optimizer,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        schedule="multi_step" if recipe.decay_epochs else "constant",
        decay_epochs=tuple(recipe.decay_epochs),
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
    )
