"""The figures that classifiers are judged by (1M §5)."""

import numpy as np
from sklearn.metrics import f1_score, top_k_accuracy_score

#: K of the top-K accuracies (1M Table 4).
TOP_K = (1, 3, 5, 10)


def classification_metrics(probabilities: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Micro and class-averaged top-K accuracy and F1, as fractions.

    The macro figures are unweighted means over the classes that occur in `target`. A K of the
    number of classes or more gives 1.

    Args:
        probabilities: (n, classes), or logits.
        target: (n,) true classes.
    """
    classes = probabilities.shape[1]
    labels = np.arange(classes)
    # Weighting each sample by 1 / its class's size makes the mean over samples one over classes.
    weight = 1 / np.bincount(target, minlength=classes)[target]
    metrics: dict[str, float] = {}
    for k in TOP_K:
        for average, weights in (("micro", None), ("macro", weight)):
            metrics[f"{average}_top{k}"] = (
                _top_k(probabilities, target, k, weights) if k < classes else 1.0
            )
    predicted = probabilities.argmax(axis=1)
    present = np.unique(target)
    metrics["micro_f1"] = float(f1_score(target, predicted, labels=labels, average="micro"))
    metrics["macro_f1"] = float(
        f1_score(target, predicted, labels=present, average="macro", zero_division=0)
    )
    return metrics


def _top_k(
    probabilities: np.ndarray, target: np.ndarray, k: int, weights: np.ndarray | None
) -> float:
    if probabilities.shape[1] == 2:  # scikit-learn wants a single column for two classes
        hit = probabilities.argmax(axis=1) == target
        return float(np.average(hit, weights=weights))
    labels = np.arange(probabilities.shape[1])
    return float(
        top_k_accuracy_score(target, probabilities, k=k, sample_weight=weights, labels=labels)
    )
