"""What trained classifiers say of photographs, with calibrated probabilities."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch.utils.data import DataLoader, Dataset

from bioscan.core.devices import compute_device
from bioscan.core.intervals import largest_share, trials_to_tell
from bioscan.encoders.image import Classifier
from bioscan.identify.evidence import EVIDENCE_SCHEMA, RIVALS

log = logging.getLogger("bioscan.identify")

#: The split of species that no model has seen, which evaluates.
UNSEEN = "test_unseen"

#: Least probability of a class that is named beside the most probable one.
_MENTIONED = 0.05


def choose_model(
    summary: pl.DataFrame, runs: Sequence[Mapping[str, Any]], weights: Sequence[Path]
) -> tuple[int, Path]:
    """The selected model of an experiment: its place among the runs, and its weights.

    Args:
        summary: classify/runs.csv, which says what was selected on the validation split.
        runs: of one experiment, package and recipe.
        weights: model.safetensors of each run; of several seeds the first is taken.
    """
    keys = ("experiment", "backbone", "loss", "package", "recipe")
    selected = set(summary.filter("selected").select(keys).rows())
    for place, run in enumerate(runs):
        if tuple(run[key] for key in keys) in selected:
            return place, weights[place]
    raise ValueError(f"none of {len(runs)} runs was selected")


def known_images(
    predictions: pl.DataFrame, classes: Sequence[str], records: pl.DataFrame | None, rank: str
) -> pl.DataFrame:
    """The images whose labels are known, and which no model was trained on.

    Args:
        predictions: processid, split (validation and test) and class.
        classes: labels of the classes.
        records: processid, split and the rank, of a dataset with splits of unseen species; such
            photographs take no part in an experiment. None: the dataset has no such splits.

    Returns:
        processid, kind (the split, `test_unseen` for those of unseen species) and truth.
    """
    name = pl.col("class").map_elements(classes.__getitem__, pl.String).alias("truth")
    found = predictions.select("processid", pl.col("split").alias("kind"), name)
    if records is None:
        return found
    unseen = records.filter(split=UNSEEN).drop_nulls(rank)
    return pl.concat([found, unseen.select("processid", pl.col("split").alias("kind"), truth=rank)])


@torch.inference_mode()
def score(classifier: Classifier, images: Dataset, batch_size: int, workers: int) -> torch.Tensor:
    """Logits (n, classes) of uint8 images, in their order, float32."""
    device = compute_device()
    classifier = classifier.to(device).eval()
    loader = DataLoader(images, batch_size=batch_size, num_workers=workers)
    parts = [classifier(batch.to(device)).float().cpu() for batch in loader]
    classes = getattr(classifier.backbone, "num_classes", 0)
    return torch.cat(parts) if parts else torch.empty(0, classes)


def fit_temperature(logits: torch.Tensor, target: torch.Tensor) -> float:
    """The temperature by which logits are divided, that of the least loss (Guo et al. 2017).

    Args:
        logits: (n, classes) of a validation split.
        target: (n,) true classes.
    """
    # Where all are right, as little is left as Laplace's rule of succession expects: without it
    # the temperature would be 0, and every answer certain.
    doubt = 1 / (len(target) + 2)
    log_temperature = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = logits / log_temperature.exp()
        loss = torch.nn.functional.cross_entropy(scaled, target, label_smoothing=doubt)
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(log_temperature.detach().exp())


def surest(images: int, confidence: float, experiment: str) -> float:
    """The largest probability that so many validation images can tell.

    A warning says so where it is below the confidence, and the classifier never decides.
    """
    most = largest_share(images)
    if most < confidence:
        log.warning(
            "%s: of %d validation images no answer can be surer than %d %%, so its classifier "
            "decides nothing at identify.confidence %s, for which %d are needed",
            *(experiment, images, 100 * most, confidence, trials_to_tell(confidence)),
        )
    return most


def exclusion_thresholds(
    probability: np.ndarray, target: np.ndarray, classes: int, share: float
) -> list[float]:
    """The probability of each class below which it is ruled out (Sadinle et al. 2019).

    Of other images of a class, no more than `share` have it ruled out. A class of few validation
    images (less than 99 where `share` is 1 %) never is.

    Args:
        probability: (n,) that of the true class of each validation image.
        target: (n,) the true classes.
    """
    thresholds = []
    for label in range(classes):
        ascending = np.sort(probability[target == label])
        place = int(share * (len(ascending) + 1))
        thresholds.append(float(ascending[place - 1]) if place else 0.0)
    return thresholds


def say(
    processids: pl.Series,
    logits: torch.Tensor,
    classes: Sequence[str],
    rank: str,
    temperature: float,
    thresholds: Sequence[float],
) -> pl.DataFrame:
    """The most probable class of each image, as evidence.

    Args:
        logits: (n, classes).
        classes: their labels.
        thresholds: of `exclusion_thresholds`.

    Returns:
        `evidence.EVIDENCE_SCHEMA`, probability and excluded (classes). `support` is the
        probability before calibration; nothing is known of distance, gap, key and aligned.
    """
    every = (logits / temperature).softmax(dim=1).numpy()
    excluded = [
        [classes[place] for place in np.flatnonzero(row < np.array(thresholds))] for row in every
    ]
    before = logits.softmax(dim=1).amax(dim=1)
    likely = min(RIVALS + 1, len(classes))
    probability, order = torch.from_numpy(every).topk(likely, dim=1)
    names = np.array(classes, dtype=object)[order.numpy()]
    rivals = [
        [name for name, share in zip(row[1:], shares[1:], strict=True) if share >= _MENTIONED]
        for row, shares in zip(names, probability.numpy(), strict=True)
    ]
    count = len(processids)
    columns = {
        "query": processids,
        "rank": [rank] * count,
        "label": names[:, 0] if count else [],
        "support": before.double().numpy(),
        "distance": [None] * count,
        "gap": [None] * count,
        "key": [None] * count,
        "rivals": rivals,
        "aligned": [None] * count,
        "probability": probability[:, 0].double().numpy() if count else [],
        "excluded": excluded,
    }
    added = {"probability": pl.Float64(), "excluded": pl.List(pl.String)}
    return pl.DataFrame(columns, EVIDENCE_SCHEMA | added)
