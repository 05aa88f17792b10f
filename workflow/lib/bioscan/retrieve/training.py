"""Aligning encoders by contrastive training (5M §4.4, Figure 7)."""

import math
from typing import Any

import lightning
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from bioscan.core.encoders import Modality
from bioscan.core.errors import InputError
from bioscan.core.optim import OptimizerSettings, configure_optimizer
from bioscan.encoders.lora import add_lora
from bioscan.encoders.towers import Tower
from bioscan.retrieve.losses import Embedded, contrastive_loss, gathered, own_share
from bioscan.retrieve.pairs import Batch
from bioscan.retrieve.settings import Recipe

#: Similarities are multiplied by no more than this, as in CLIP, where the temperature is learnt.
MAX_SCALE = 100.0


def tune(tower: Tower, modality: Modality, name: str, recipe: Recipe) -> Tower:
    """Let the head of a tower be trained, and of its encoder what the recipe says.

    Args:
        name: of the encoder in the config, for messages.

    Raises:
        InputError: it has no attention that adapters could be added to.
    """
    tuning = recipe.tuning[modality]
    if tuning == "lora":
        add_lora(tower.encoder, recipe.rank, recipe.projections, name)
    else:
        tower.encoder.requires_grad_(tuning == "full")
    return tower.train()


class AlignmentModule(lightning.LightningModule):
    """Towers with their contrastive loss and optimiser.

    Logs `temperature` each epoch where it is learnt.
    """

    def __init__(self, towers: nn.ModuleDict, recipe: Recipe) -> None:
        """
        Args:
            towers: of `tune`, by modality.
        """
        super().__init__()
        self.towers, self.recipe = towers, recipe
        self.log_scale = nn.Parameter(
            torch.tensor(-math.log(recipe.temperature)), requires_grad=recipe.learn_temperature
        )

    @property
    def scale(self) -> torch.Tensor:
        """One over the temperature."""
        return self.log_scale.exp().clamp(max=MAX_SCALE)

    def training_step(self, batch: Batch, step: int) -> torch.Tensor:
        """The loss of the samples of all devices.

        Raises:
            InputError: it is no number.
        """
        whole = {modality: gathered(self._embedded(batch, modality)) for modality in self.towers}
        with torch.autocast(self.device.type, enabled=False):
            loss = contrastive_loss(whole, self.scale, self.recipe.normalise_positives)
        if not loss.isfinite():
            raise InputError(
                f"the loss is {loss.item()} in epoch {self.current_epoch}, step {step}: the "
                f"learning rate of the recipe ({self.recipe.learning_rate}) is too high, or the "
                "weights of an encoder are damaged"
            )
        if self.recipe.learn_temperature:
            self.log("temperature", 1 / self.scale.detach(), on_step=False, on_epoch=True)
        ids = gathered(Embedded(batch["ids"].float()[:, None], batch["ids"], batch["groups"])).ids
        return own_share(loss, len(batch["ids"]), len(ids.unique()))

    def _embedded(self, batch: Batch, modality: Modality) -> Embedded:
        rows = batch[f"{modality}_rows"]
        tower = self.towers[modality]
        if len(rows):
            vectors = in_chunks(tower, batch[modality], self.recipe.chunk_size)
        else:
            # Every parameter has a gradient, which other devices wait for.
            weights = (w.sum() for w in tower.parameters() if w.requires_grad)
            vectors = sum(weights) * torch.zeros(0, tower.dimension, device=rows.device)
        return Embedded(vectors, batch["ids"][rows], batch["groups"][rows])

    def configure_optimizers(self) -> dict[str, Any]:
        return configure_optimizer(
            self,
            OptimizerSettings(
                optimizer=self.recipe.optimizer,
                learning_rate=self.recipe.learning_rate,
                weight_decay=self.recipe.weight_decay,
                schedule=self.recipe.schedule,
            ),
        )


def in_chunks(tower: nn.Module, inputs: tuple[torch.Tensor, ...], size: int | None) -> torch.Tensor:
    """The vectors of a batch, computed a chunk at a time (gradient caching).

    What the layers of a chunk made is not kept for its gradient but computed again, with the same
    dropout, so that memory holds that of one chunk, while each sample is compared with all.

    Args:
        inputs: of the tower, (n, …) each.
        size: samples of a chunk. None: all at once, and nothing is computed again.
    """
    if size is None or len(inputs[0]) <= size:
        return tower(*inputs)
    chunks = zip(*(array.split(size) for array in inputs), strict=True)
    return torch.cat([checkpoint(tower, *chunk, use_reentrant=False) for chunk in chunks])
