"""Each sample once per epoch, whatever the devices and micro-batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from bioscan.core.training.batches import SeededBatches
from tests.unit.core.training.small import BATCH, SAMPLES, Points


def micro_batches_of(batches: SeededBatches, rank: int = 0) -> list[list[tuple[int, int]]]:
    batches.rank = rank
    return list(batches)


#: Lengths, batches, and how these are divided.
DIVIDED = {
    "length": st.integers(1, 40),
    "batch_size": st.integers(1, 12),
    "world_size": st.integers(1, 4),
    "accumulation": st.integers(1, 4),
}


@given(seed=st.integers(0, 2**32), epoch=st.integers(0, 100), length=st.integers(0, 50))
def test_each_sample_comes_once_an_epoch(length: int, seed: int, epoch: int):
    batches = SeededBatches(length, seed, batch_size=4)
    batches.epoch = epoch
    first = list(batches)
    assert sorted(index for batch in first for index, _ in batch) == list(range(length))
    assert [len(batch) for batch in first[:-1]] == [4] * (len(batches) - 1)
    assert list(batches) == first and len(first) == len(batches)


@given(**DIVIDED)
def test_devices_and_micro_batches_divide_the_samples_of_each_step(
    length, batch_size, world_size, accumulation
):
    divided = SeededBatches(length, 0, batch_size, world_size, accumulation)
    alone = list(SeededBatches(length, 0, batch_size))
    of_ranks = [micro_batches_of(divided, rank) for rank in range(world_size)]
    for step, batch in enumerate(alone):
        numbers = range(step * accumulation, (step + 1) * accumulation)
        found = []
        for rank in range(world_size):
            divided.rank = rank
            found += [x for n in numbers if divided.weight(n) for x in of_ranks[rank][n]]
        assert sorted(found) == sorted(batch)
    assert {len(found) for found in of_ranks} == {len(alone) * accumulation}


@given(**DIVIDED)
def test_weighted_means_of_the_micro_batches_are_the_mean_of_the_step(
    length, batch_size, world_size, accumulation
):
    divided = SeededBatches(length, 0, batch_size, world_size, accumulation)
    for step, batch in enumerate(SeededBatches(length, 0, batch_size)):
        total = 0.0
        for rank in range(world_size):
            for number, micro_batch in list(enumerate(micro_batches_of(divided, rank)))[
                step * accumulation :
            ][:accumulation]:
                mean = sum(index for index, _ in micro_batch) / len(micro_batch)
                # Lightning takes the mean over the micro-batches, and over the devices.
                total += divided.weight(number) * mean / accumulation / world_size
        assert total == pytest.approx(sum(index for index, _ in batch) / len(batch))


def epochs_of(seed: int) -> list[list[tuple[int, int]]]:
    batches = SeededBatches(50, seed, batch_size=8)
    orders = []
    for epoch in range(3):
        batches.epoch = epoch
        orders.append([pair for batch in batches for pair in batch])
    return orders


def test_orders_and_augmentation_seeds_differ_by_epoch_and_by_seed():
    for number in (0, 1):  # index, augmentation seed
        orders = [tuple(pair[number] for pair in e) for s in (1, 2) for e in epochs_of(s)]
        assert len(set(orders)) == 6


def test_orders_repeat_by_seed():
    assert epochs_of(7) == epochs_of(7)


def test_a_sample_has_another_augmentation_seed_in_each_epoch():
    seeds = [dict(order) for order in epochs_of(1)]
    assert all(seeds[0][index] != seeds[1][index] for index in range(50))


def test_samples_get_their_augmentation_seeds_through_a_loader():
    class Keys(Points):
        def __getitem__(self, key: tuple[int, int]) -> tuple[int, int]:
            return key

    batches = SeededBatches(SAMPLES, 3, BATCH)
    found = [
        [(int(i), int(s)) for i, s in zip(indices, seeds, strict=True)]
        for indices, seeds in DataLoader(Keys(), batch_sampler=batches)
    ]
    assert found == list(batches)
