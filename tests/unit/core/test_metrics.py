"""Classification metrics, against scikit-learn and cases worked by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, f1_score, recall_score, top_k_accuracy_score

from bioscan.core.metrics import TOP_K, classification_metrics

KEYS = {f"{average}_top{k}" for average in ("micro", "macro") for k in TOP_K} | {
    "micro_f1",
    "macro_f1",
}


def one_hot(predicted: list[int], classes: int) -> np.ndarray:
    return np.eye(classes)[predicted]


def by_scikit_learn(scores: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """The same metrics by scikit-learn."""
    labels, present = np.arange(scores.shape[1]), np.unique(target)
    # scikit-learn has the higher of equally scored classes first: here there are none.
    scores = -np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
    predicted = scores.argmax(axis=1)

    def top(k: int, rows: np.ndarray) -> float:
        if len(labels) == 2:  # it takes two columns for several labels of each sample
            return 1.0 if k > 1 else accuracy_score(target[rows], predicted[rows])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'k' .* greater than or equal to 'n_classes'")
            return top_k_accuracy_score(target[rows], scores[rows], k=k, labels=labels)

    metrics = {
        "micro_f1": f1_score(target, predicted, labels=labels, average="micro"),
        "macro_f1": f1_score(target, predicted, labels=present, average="macro", zero_division=0),
    }
    for k in TOP_K:
        metrics[f"micro_top{k}"] = top(k, target == target)
        metrics[f"macro_top{k}"] = np.mean([top(k, target == label) for label in present])
    recall = recall_score(target, predicted, labels=present, average="macro")
    assert metrics["macro_top1"] == pytest.approx(recall)
    return metrics


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Scores, many of them equal, and targets: with absent classes, K beyond the classes."""
    classes, samples = draw(st.integers(2, 14)), draw(st.integers(1, 40))
    levels = draw(st.sampled_from([0, 3, 1000]))
    scores = arrays(np.float32, (samples, classes), elements=st.integers(-levels, levels))
    return draw(scores), draw(arrays(np.int64, samples, elements=st.integers(0, classes - 1)))


@settings(max_examples=200)
@given(predictions())
def test_the_metrics_are_those_of_scikit_learn(case: tuple[np.ndarray, np.ndarray]):
    assert classification_metrics(*case) == pytest.approx(by_scikit_learn(*case), abs=1e-6)


def test_the_metrics_of_a_large_split_are_those_of_scikit_learn():
    # 40 families, the largest 1,000 times the smallest; the last has no sample.
    rng = np.random.default_rng(0)
    share = np.geomspace(1000, 1, 39)
    target = rng.choice(39, size=20_000, p=share / share.sum())
    scores = rng.normal(size=(20_000, 40)) + 2 * np.eye(40)[target]
    found = classification_metrics(scores, target)
    assert found == pytest.approx(by_scikit_learn(scores, target), abs=1e-6)


@settings(max_examples=100)
@given(predictions())
def test_metrics_grow_with_k(case: tuple[np.ndarray, np.ndarray]):
    metrics = classification_metrics(*case)
    for average in ("micro", "macro"):
        accuracies = [metrics[f"{average}_top{k}"] for k in TOP_K]
        assert accuracies == sorted(accuracies)


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
    scores = np.array([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]] * 6)
    metrics = classification_metrics(scores, np.arange(6))
    for average in ("micro", "macro"):
        assert metrics[f"{average}_top1"] == pytest.approx(1 / 6)
        assert metrics[f"{average}_top3"] == pytest.approx(3 / 6)
        assert metrics[f"{average}_top5"] == pytest.approx(5 / 6)
        assert metrics[f"{average}_top10"] == 1.0


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


def test_one_class_is_always_right():
    assert classification_metrics(np.zeros((3, 1)), np.zeros(3, int)) == dict.fromkeys(KEYS, 1.0)


def test_one_sample():
    metrics = classification_metrics(np.array([[0.1, 0.2, 0.3, 0.4]]), np.array([2]))
    assert metrics == {key: float(key.endswith(("3", "5", "10"))) for key in KEYS}


def test_all_keys_are_there_and_are_plain_numbers():
    metrics = classification_metrics(one_hot([0, 1, 2], 12), np.array([0, 1, 3]))
    assert set(metrics) == KEYS
    assert all(type(value) is float for value in metrics.values())


def test_logits_and_probabilities_give_the_same():
    logits = np.random.default_rng(0).normal(size=(30, 7))
    target = np.arange(30) % 7
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert classification_metrics(logits, target) == classification_metrics(probabilities, target)


def test_of_equal_scores_the_lower_class_comes_first():
    # All equal: top K are the classes 0 to K − 1. (torch.topk has 3, 4 and 5 as the top 3.)
    metrics = classification_metrics(np.zeros((12, 12)), np.arange(12))
    assert [metrics[f"micro_top{k}"] for k in TOP_K] == pytest.approx([k / 12 for k in TOP_K])
    assert metrics["micro_f1"] == metrics["micro_top1"]


def test_the_caller_keeps_its_arrays():
    scores, target = one_hot([0, 1, 2], 4), np.array([0, 1, 3])
    scores.flags.writeable = target.flags.writeable = False  # as polars gives them
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classification_metrics(scores, target)


def test_a_classifier_that_diverged_has_no_metrics():
    with pytest.raises(ValueError, match="NaN"):
        classification_metrics(np.full((3, 4), np.nan), np.array([0, 1, 2]))


def test_an_empty_split_has_no_metrics():
    with pytest.raises(ValueError, match="no sample"):
        classification_metrics(np.zeros((0, 4)), np.zeros(0, int))
