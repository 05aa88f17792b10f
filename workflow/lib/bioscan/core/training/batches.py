"""The order in which training sees the samples, the same however a batch is divided."""

from collections.abc import Iterator

import numpy as np
from torch.utils.data import Sampler


class SeededBatches(Sampler[list[tuple[int, int]]]):
    """Yields micro-batches of (index, augmentation seed); an epoch has each sample once.

    A batch of `batch_size` samples makes one optimiser step. It is divided among the devices, and
    the local batch of each device into micro-batches whose gradients are accumulated. Sizes differ
    by one sample where a batch cannot be divided evenly; `weight` corrects for that. One pass
    yields the micro-batches of one device.

    Attributes:
        epoch: with the seed, gives the order and the augmentation seeds, whatever the number of
            devices and workers.
        start: micro-batches to skip, where training resumes within an epoch.
        rank: the device that is served, from 0 to `world_size` - 1.
    """

    def __init__(
        self, length: int, seed: int, batch_size: int, world_size: int = 1, accumulation: int = 1
    ) -> None:
        """
        Args:
            length: samples in the training set.
            seed: of the training.
            batch_size: samples per optimiser step, over all devices.
            world_size: devices.
            accumulation: micro-batches per step on each device.
        """
        self.length, self.seed, self.batch_size = length, seed, batch_size
        self.world_size, self.accumulation = world_size, accumulation
        self.epoch = self.start = self.rank = 0

    def __len__(self) -> int:
        """Micro-batches per epoch, those before `start` included."""
        return -(-self.length // self.batch_size) * self.accumulation

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        augmentation_seeds = rng.integers(2**63, size=self.length)
        order = rng.permutation(self.length)
        for micro_step in range(self.start, len(self)):
            first = micro_step // self.accumulation * self.batch_size
            batch = order[first : first + self.batch_size]
            local_batch = batch[self.rank :: self.world_size]
            micro_batch = local_batch[micro_step % self.accumulation :: self.accumulation]
            if not micro_batch.size:
                # The last batch may have too few samples for all: this one has weight 0.
                micro_batch = batch[:1]
            yield [(int(index), int(augmentation_seeds[index])) for index in micro_batch]

    def weight(self, micro_step: int) -> float:
        """The factor by which the mean loss of a micro-batch counts.

        With it, the mean over devices and micro-batches is the mean over the samples of the batch.
        """
        first = micro_step // self.accumulation * self.batch_size
        batch = min(self.batch_size, self.length - first)
        local_batch = len(range(self.rank, batch, self.world_size))
        micro_batch = len(range(micro_step % self.accumulation, local_batch, self.accumulation))
        return micro_batch * self.world_size * self.accumulation / batch
