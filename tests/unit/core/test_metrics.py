"""Classification metrics, against hand-worked cases and figures made with plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.core.metrics import TOP_K, classification_metrics

KEYS = {f"{average}_top{k}" for average in ("micro", "macro") for k in TOP_K} | {
    "micro_f1",
    "macro_f1",
}


def one_hot(predicted: list[int], classes: int) -> np.ndarray:
    return np.eye(classes)[predicted]


def by_hand(scores: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """The same figures from their definitions; scores must not tie."""
    # Place of the true class among all, 0 for the highest score.
    place = (scores > scores[np.arange(len(target)), target][:, None]).sum(axis=1)
    predicted = scores.argmax(axis=1)
    present = [c for c in range(scores.shape[1]) if (target == c).any()]
    figures = {}
    for k in TOP_K:
        figures[f"micro_top{k}"] = (place < k).mean()
        figures[f"macro_top{k}"] = np.mean([(place[target == c] < k).mean() for c in present])
    figures["micro_f1"] = (predicted == target).mean()
    f1 = []
    for c in present:
        hits = ((predicted == c) & (target == c)).sum()
        f1.append(2 * hits / ((predicted == c).sum() + (target == c).sum()))
    figures["macro_f1"] = np.mean(f1)
    return figures


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    classes, samples = draw(st.integers(2, 14)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scores = np.stack([rng.permutation(classes) for _ in range(samples)]).astype(float)
    return scores, rng.integers(classes, size=samples)


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_the_figures_are_those_of_their_definitions(case: tuple[np.ndarray, np.ndarray]):
    assert classification_metrics(*case) == pytest.approx(by_hand(*case))


def test_a_perfect_classifier_has_1_everywhere():
    target = np.array([0, 1, 2, 2, 1, 0, 3])
    assert classification_metrics(one_hot(target.tolist(), 4), target) == dict.fromkeys(KEYS, 1.0)


def test_macro_weighs_classes_alike():
    # Class 0: 8 of 8 right; class 1: 0 of 2. Micro 8/10, macro (1 + 0)/2.
    # F1: class 0 = 16/18, class 1 = 0.
    target = np.array([0] * 8 + [1] * 2)
    metrics = classification_metrics(one_hot([0] * 10, 4), target)
    assert metrics["micro_top1"] == pytest.approx(0.8)
    assert metrics["macro_top1"] == pytest.approx(0.5)
    assert metrics["micro_f1"] == pytest.approx(0.8)
    assert metrics["macro_f1"] == pytest.approx(8 / 18)


def test_a_class_that_does_not_occur_is_no_part_of_the_mean():
    # Class 2 is predicted once but never true; class 3 neither.
    # Class 0: 1 of 2 right, F1 2/3. Class 1: right, F1 1.
    target = np.array([0, 0, 1])
    metrics = classification_metrics(one_hot([0, 2, 1], 4), target)
    assert metrics["macro_top1"] == pytest.approx(0.75)
    assert metrics["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)


def test_top_k_looks_at_the_k_highest():
    scores = np.array([[4.0, 3.0, 2.0, 1.0, 0.0]] * 5)
    metrics = classification_metrics(scores, np.arange(5))
    assert metrics["micro_top1"] == pytest.approx(1 / 5)
    assert metrics["micro_top3"] == pytest.approx(3 / 5)
    assert metrics["micro_top5"] == 1.0


def test_k_of_the_number_of_classes_is_always_a_hit():
    scores = one_hot([1, 2, 0], 3)
    metrics = classification_metrics(scores, np.array([0, 1, 2]))
    assert metrics["micro_top1"] == 0.0
    assert metrics["micro_top3"] == metrics["macro_top5"] == metrics["macro_top10"] == 1.0


def test_two_classes():
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    metrics = classification_metrics(scores, np.array([0, 1, 1, 0]))
    assert metrics["micro_top1"] == pytest.approx(3 / 4)
    assert metrics["macro_top1"] == pytest.approx((1 + 1 / 2) / 2)
    assert metrics["micro_top3"] == 1.0


def test_all_keys_are_there_and_are_plain_numbers():
    metrics = classification_metrics(one_hot([0, 1, 2], 12), np.array([0, 1, 3]))
    assert set(metrics) == KEYS
    assert all(type(value) is float for value in metrics.values())


def test_logits_and_probabilities_give_the_same():
    logits = np.random.default_rng(0).normal(size=(30, 7))
    target = np.arange(30) % 7
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert classification_metrics(logits, target) == classification_metrics(probabilities, target)


def test_equal_scores_are_one_answer_for_all_figures():
    # Top-1 accuracy and micro F1 are the same figure; a tie must not be broken two ways.
    metrics = classification_metrics(np.zeros((6, 4)), np.array([0, 0, 0, 3, 3, 2]))
    assert metrics["micro_top1"] == metrics["micro_f1"]


def test_a_classifier_that_came_apart_has_no_figures():
    with pytest.raises(ValueError, match="NaN"):
        classification_metrics(np.full((3, 4), np.nan), np.array([0, 1, 2]))
