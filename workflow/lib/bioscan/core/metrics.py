"""The figures that classifiers are judged by (1M §5)."""

import numpy as np
from sklearn.metrics import f1_score

#: K of the top-K accuracies (1M Table 4).
TOP_K = (1, 3, 5, 10)


def classification_metrics(probabilities: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Micro and class-averaged top-K accuracy and F1, as fractions.

    The macro figures are unweighted means over the classes that occur in `target`. A K of the
    number of classes or more gives 1. Of equal scores the lower class comes first.

    Args:
        probabilities: (n, classes), or logits.
        target: (n,) true classes.

    Raises:
        ValueError: NaN among the scores.
    """
    if np.isnan(probabilities).any():
        raise ValueError("NaN among the scores")
    classes = probabilities.shape[1]
    labels = np.arange(classes)
    # Weighting each sample by 1 / its class's size makes the mean over samples one over classes.
    weight = 1 / np.bincount(target, minlength=classes)[target]
    metrics: dict[str, float] = {}
    ranking = np.argsort(-probabilities, axis=1, kind="stable")
    for k in TOP_K:
        hit = (ranking[:, :k] == target[:, None]).any(axis=1)
        metrics[f"micro_top{k}"] = float(hit.mean())
        metrics[f"macro_top{k}"] = float(np.average(hit, weights=weight))
    predicted = probabilities.argmax(axis=1)
    present = np.unique(target)
    metrics["micro_f1"] = float(f1_score(target, predicted, labels=labels, average="micro"))
    metrics["macro_f1"] = float(
        f1_score(target, predicted, labels=present, average="macro", zero_division=0)
    )
    return metrics
