"""What trained classifiers say of photographs."""

import torch
from torch.utils.data import DataLoader

from bioscan.classify.model import Classifier
from bioscan.classify.samples import LabelledPhotographs
from bioscan.core.devices import has_gpu


@torch.inference_mode()
def predict(
    classifier: Classifier, photographs: LabelledPhotographs, batch_size: int, workers: int
) -> torch.Tensor:
    """Logits (n, classes) of photographs, in their order, float32."""
    device = torch.device("cuda" if has_gpu() else "cpu")
    classifier = classifier.to(device).eval()
    loader = DataLoader(photographs, batch_size=batch_size, num_workers=workers)
    return torch.cat([classifier(batch.to(device)).cpu() for batch, _ in loader])
