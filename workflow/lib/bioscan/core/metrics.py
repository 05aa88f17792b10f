"""The metrics that classifiers are evaluated by (1M §5)."""

import numpy as np
import torch
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_f1_score

#: K of the top-K accuracies (1M Table 4).
TOP_K = (1, 3, 5, 10)


def classification_metrics(probabilities: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Micro and class-averaged macro top-K accuracy and F1, as fractions.

    The macro metrics are unweighted means over the classes that occur in `target`; torchmetrics
    also averages over those that are only predicted. A K of the number of classes or more gives 1.
    The lower class comes first among equal scores.

    Args:
        probabilities: (n, classes), or logits.
        target: (n,) true classes.

    Returns:
        micro_top1, macro_top1, micro_top3, …, macro_top10, micro_f1 and macro_f1.

    Raises:
        ValueError: no sample, or NaN among the scores.
    """
    if target.size == 0:
        raise ValueError("no sample to evaluate a classifier on")
    if np.isnan(probabilities).any():
        raise ValueError("NaN among the scores")
    classes = probabilities.shape[1]
    true = torch.tensor(target)
    present = true.unique()
    # Scores in the same order but without ties: torch.topk breaks ties in any way, so that its
    # top 3 may lack its top 1.
    ranking = torch.tensor(probabilities).argsort(dim=1, descending=True, stable=True)
    scores = -ranking.argsort(dim=1).float()

    # torchmetrics refuses a single class, and K beyond the number of classes: both always give 1.
    metrics = {f"{average}_top{k}": 1.0 for k in TOP_K for average in ("micro", "macro")}
    metrics |= {"micro_f1": 1.0, "macro_f1": 1.0}
    for k in (k for k in TOP_K if k < classes):
        micro = multiclass_accuracy(scores, true, classes, average="micro", top_k=k)
        each = multiclass_accuracy(scores, true, classes, average="none", top_k=k)
        metrics[f"micro_top{k}"] = micro.item()
        metrics[f"macro_top{k}"] = each[present].mean().item()
    if classes > 1:
        micro = multiclass_f1_score(scores, true, classes, average="micro")
        each = multiclass_f1_score(scores, true, classes, average="none")
        metrics["micro_f1"] = micro.item()
        metrics["macro_f1"] = each[present].mean().item()
    return metrics
