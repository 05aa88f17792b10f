"""The normalisation of a detector's images."""

import torch

#: ImageNet mean and standard deviation, by which COCO-trained DETRs normalise.
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def normalise(image: torch.Tensor) -> torch.Tensor:
    """An image (3, h, w) of uint8 as float32, normalised as for the detectors' weights."""
    return (image.float() / 255 - MEAN) / STD
