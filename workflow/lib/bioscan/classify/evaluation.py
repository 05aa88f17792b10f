"""Judging trained classifiers, and choosing among them."""

import numpy as np
import torch
from torch.utils.data import DataLoader

from bioscan.classify.model import Normalised
from bioscan.classify.samples import LabelledPhotographs


@torch.inference_mode()
def predict(
    network: Normalised, photographs: LabelledPhotographs, batch_size: int, workers: int
) -> np.ndarray:
    """Class probabilities (n, classes) of photographs, in their order, float32."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = network.to(device).eval()
    loader = DataLoader(photographs, batch_size=batch_size, num_workers=workers)
    return np.concatenate(
        [network(batch.to(device)).softmax(dim=1).cpu().numpy() for batch, _ in loader]
    )
