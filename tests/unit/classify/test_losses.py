"""The focal loss, against cases worked by hand."""

from math import log

import pytest
import torch
from torch.nn import functional

from bioscan.classify.losses import FocalLoss, class_weights

#: The true class has probability 3/4 in the first row and 1/4 in the second.
ROWS, TRUE = torch.tensor([[log(3), 0.0], [log(3), 0.0]]), torch.tensor([0, 1])


def test_focal_loss_by_hand():
    expected = (0.25**2 * log(4 / 3) + 0.75**2 * log(4)) / 2
    loss = FocalLoss(2, class_weights(None, [1, 1]))
    assert float(loss(ROWS, TRUE)) == pytest.approx(expected)


def test_focal_loss_weighs_each_class_by_its_alpha():
    expected = (3 * 0.25**2 * log(4 / 3) + 0.5 * 0.75**2 * log(4)) / 2
    loss = FocalLoss(2, torch.tensor([3, 0.5]))
    assert float(loss(ROWS, TRUE)) == pytest.approx(expected)


def test_focal_loss_without_gamma_is_cross_entropy():
    logits = torch.randn(20, 5, generator=torch.Generator().manual_seed(0))
    target = torch.arange(20) % 5
    torch.testing.assert_close(
        FocalLoss(0, torch.ones(5))(logits, target), functional.cross_entropy(logits, target)
    )


def test_focal_loss_has_a_gradient_where_the_answer_is_certain():
    logits = torch.tensor([[100.0, 0.0]], requires_grad=True)
    FocalLoss(0.5, torch.ones(2))(logits, torch.tensor([0])).backward()
    assert torch.isfinite(logits.grad).all()


def test_inverse_frequency_makes_all_classes_count_the_same():
    counts = [6, 3, 1]
    weights = class_weights("inverse_frequency", counts)
    assert weights.tolist() == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    contributions = weights * torch.tensor(counts)
    assert contributions.tolist() == pytest.approx([10 / 3] * 3)
    assert float(contributions.sum()) / sum(counts) == pytest.approx(1)  # on average, 1


@pytest.mark.parametrize(("alpha", "weight"), [(None, 1), (0.25, 0.25), (2, 2)])
def test_a_number_is_the_alpha_of_all_classes(alpha, weight):
    assert class_weights(alpha, [6, 3, 1]).tolist() == [weight] * 3
