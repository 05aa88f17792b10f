"""Checkpoints of a training that are written whole."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from bioscan.core.files import atomic


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes checkpoints whole or not at all.

    Lightning writes to the temporary folder and moves: on a cluster that is another disk, and a
    move there is a copy, which a kill leaves truncated.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        with atomic(Path(path)) as partial:
            torch.save(checkpoint, partial)
