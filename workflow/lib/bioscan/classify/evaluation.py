"""The predictions of trained classifiers."""

import torch
from torch.utils.data import DataLoader

from bioscan.classify.samples import LabelledImages
from bioscan.core.devices import compute_device
from bioscan.encoders.image import Classifier


@torch.inference_mode()
def predict(
    classifier: Classifier, images: LabelledImages, batch_size: int, workers: int
) -> torch.Tensor:
    """Logits (n, classes) of images, in their order, float32."""
    device = compute_device()
    classifier = classifier.to(device).eval()
    loader = DataLoader(images, batch_size=batch_size, num_workers=workers)
    return torch.cat([classifier(batch.to(device)).cpu() for batch, _ in loader])
