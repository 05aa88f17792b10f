"""The contrastive loss, by hand and against others' code."""

import math

import pytest
import torch
from torch.nn import functional as F

from bioscan.retrieve.losses import Embedded, contrastive_loss, gathered, own_share, world_size


def embedded(n: int, seed: int, ids=None, groups=None) -> Embedded:
    generator = torch.Generator().manual_seed(seed)
    vectors = F.normalize(torch.randn(n, 5, generator=generator), dim=1).requires_grad_()
    ids = torch.arange(n) if ids is None else torch.tensor(ids)
    return Embedded(vectors, ids, ids if groups is None else torch.tensor(groups))


def test_two_modalities_are_compared_in_both_directions():
    image, dna = embedded(6, 0), embedded(6, 1)
    logits = image.vectors @ dna.vectors.T / 0.07
    own = torch.arange(6)
    expected = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    found = contrastive_loss({"image": image, "dna": dna}, 1 / 0.07)
    torch.testing.assert_close(found, expected)


def test_three_modalities_give_the_mean_of_three_pairs():
    all_three = {"image": embedded(6, 0), "dna": embedded(6, 1), "text": embedded(6, 2)}
    pairs = [
        contrastive_loss({a: all_three[a], b: all_three[b]}, 10.0)
        for a, b in (("image", "dna"), ("image", "text"), ("dna", "text"))
    ]
    torch.testing.assert_close(contrastive_loss(all_three, 10.0), torch.stack(pairs).mean())


def test_a_case_by_hand():
    """Two samples whose images and barcodes are alike: exp(1) against exp(0) in each row."""
    vectors = torch.eye(2)
    one = Embedded(vectors, torch.tensor([0, 1]), torch.tensor([0, 1]))
    found = contrastive_loss({"image": one, "dna": one}, 1.0)
    assert float(found) == pytest.approx(math.log(1 + math.exp(-1)))


def test_samples_of_one_group_are_partners():
    groups = [0, 0, 1, 2]
    image, dna = embedded(4, 0, groups=groups), embedded(4, 1, groups=groups)
    logs = [
        F.log_softmax(logits, dim=1)
        for logits in (image.vectors @ dna.vectors.T * 3, dna.vectors @ image.vectors.T * 3)
    ]
    both = sum(
        -(rows[0, :2].sum() + rows[1, :2].sum() + rows[2, 2] + rows[3, 3]) / 4 for rows in logs
    )
    half = sum(
        -(rows[0, :2].mean() + rows[1, :2].mean() + rows[2, 2] + rows[3, 3]) / 4 for rows in logs
    )
    pair = {"image": image, "dna": dna}
    torch.testing.assert_close(contrastive_loss(pair, 3.0, normalised=False), both / 2)
    torch.testing.assert_close(contrastive_loss(pair, 3.0), half / 2)


def test_samples_without_one_of_the_modalities_do_not_count():
    image, dna = embedded(6, 0), embedded(6, 1)
    kept = torch.tensor([1, 2, 5])
    fewer = Embedded(dna.vectors[kept], dna.ids[kept], dna.groups[kept])
    alone = Embedded(image.vectors[kept], image.ids[kept], image.groups[kept])
    torch.testing.assert_close(
        contrastive_loss({"image": image, "dna": fewer}, 5.0),
        contrastive_loss({"image": alone, "dna": fewer}, 5.0),
    )


def test_the_order_of_the_samples_does_not_matter():
    image, dna = embedded(6, 0), embedded(6, 1)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    shuffled = Embedded(dna.vectors[order], dna.ids[order], dna.groups[order])
    torch.testing.assert_close(
        contrastive_loss({"image": image, "dna": shuffled}, 5.0),
        contrastive_loss({"image": image, "dna": dna}, 5.0),
    )


def test_a_sample_that_comes_twice_counts_once():
    """The training loop fills up a device that is left without a sample."""
    image, dna = embedded(3, 0), embedded(3, 1)
    again = {
        name: Embedded(*(torch.cat([values, values[:1]]) for values in one))
        for name, one in (("image", image), ("dna", dna))
    }
    torch.testing.assert_close(
        contrastive_loss(again, 5.0), contrastive_loss({"image": image, "dna": dna}, 5.0)
    )


def test_a_batch_without_a_pair_has_no_loss_but_gradients():
    image, dna = embedded(2, 0, ids=[0, 1]), embedded(2, 1, ids=[2, 3])
    loss = contrastive_loss({"image": image, "dna": dna}, 5.0)
    loss.backward()
    assert loss == 0
    assert torch.equal(image.vectors.grad, torch.zeros(2, 5))


def test_the_share_of_a_device_has_the_value_of_all_and_more_gradient():
    weight = torch.tensor(2.0, requires_grad=True)
    share = own_share(weight * 3, local=2, total=8)
    share.backward()
    assert share.item() == 6
    assert float(weight.grad) == 12


def test_one_device_has_all_samples():
    image = embedded(3, 0)
    assert world_size() == 1
    assert gathered(image) is image
