"""The normalisation of a detector's images."""

import torch

from bioscan.detect.normalisation import normalise


def test_imagenet_s_mean_colour_is_zero_and_white_is_positive():
    mean = torch.tensor([124, 116, 104], dtype=torch.uint8).view(3, 1, 1).expand(3, 2, 2)
    assert normalise(mean).abs().max() < 0.01
    white = normalise(torch.full((3, 1, 1), 255, dtype=torch.uint8))
    expected = torch.tensor([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225])
    torch.testing.assert_close(white.flatten(), expected)
