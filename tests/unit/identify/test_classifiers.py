"""What classifiers say of photographs."""

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from bioscan.encoders.image import Classifier
from bioscan.identify.classifiers import (
    choose_model,
    exclusion_thresholds,
    fit_temperature,
    say,
    score,
    surest,
)

CLASSES = ["Diptera", "Coleoptera", "Hemiptera"]


def test_the_selected_model_of_the_experiment_is_taken_with_its_first_seed(tmp_path):
    keys = {"experiment": "e", "loss": "ce", "package": "p", "recipe": "r"}
    runs = [{**keys, "backbone": name, "seed": seed} for name in ("a", "b") for seed in (0, 1)]
    rows = [{**run, "selected": run["backbone"] == "b"} for run in runs]
    weights = [tmp_path / f"{place}" for place in range(4)]
    assert choose_model(pl.DataFrame(rows), runs, weights) == (2, weights[2])


def test_all_images_are_scored_in_their_order():
    backbone = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    classifier = Classifier(backbone, [0.0] * 3, [1.0] * 3)
    images = [torch.full((3, 4, 4), value, dtype=torch.uint8) for value in (0, 51, 255)]
    found = score(classifier, images, batch_size=2, workers=0)
    assert found.tolist() == [pytest.approx([share] * 3) for share in (0, 0.2, 1)]


def test_no_image_has_no_score():
    backbone = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert len(score(Classifier(backbone, [0.0] * 3, [1.0] * 3), [], 2, 0)) == 0


def test_the_temperature_takes_away_false_confidence():
    torch.manual_seed(0)
    target = torch.randint(3, (2000,))
    logits = torch.randn(2000, 3) + 1.5 * nn.functional.one_hot(target, 3)
    honest = fit_temperature(logits, target)
    assert fit_temperature(4 * logits, target) == pytest.approx(4 * honest, rel=0.05)
    assert fit_temperature(logits / 4, target) == pytest.approx(honest / 4, rel=0.05)


def test_where_all_are_right_answers_are_not_certain():
    target = torch.arange(60) % 3
    logits = 5.0 * nn.functional.one_hot(target, 3)
    temperature = fit_temperature(logits, target)
    assert 0.9 < (logits / temperature).softmax(dim=1).amax() < 0.999


def test_a_class_is_ruled_out_where_its_own_images_hardly_ever_are():
    probability = np.concatenate([np.linspace(0.01, 1, 100), [0.9] * 5])
    target = np.array([0] * 100 + [1] * 5)
    thresholds = exclusion_thresholds(probability, target, 3, share=0.05)
    assert thresholds == pytest.approx([0.05, 0, 0])


def test_rows_of_evidence_say_the_class_its_rivals_and_what_is_ruled_out():
    logits = torch.tensor([[2.0, 1.0, -6.0], [0.0, 5.0, 0.0]])
    names = pl.Series(["a", "b"])
    found = say(names, logits, CLASSES, "order", 2.0, [0.05, 0.05, 0.05])
    assert found["label"].to_list() == ["Diptera", "Coleoptera"]
    assert found["rank"].to_list() == ["order"] * 2
    before, after = logits.softmax(dim=1).amax(dim=1), (logits / 2).softmax(dim=1).amax(dim=1)
    assert found["support"].to_list() == pytest.approx(before.tolist())
    assert found["probability"].to_list() == pytest.approx(after.tolist())
    assert found["rivals"].to_list() == [["Coleoptera"], ["Diptera", "Hemiptera"]]
    assert found["excluded"].to_list() == [["Hemiptera"], []]


def test_no_image_has_no_evidence():
    nothing = pl.Series([], dtype=pl.String)
    assert say(nothing, torch.empty(0, 3), CLASSES, "order", 1.0, [0.0] * 3).is_empty()


@pytest.mark.parametrize(("images", "most", "words"), [(60, 0.95, ""), (3, 0, "60 are needed")])
def test_a_classifier_of_few_validation_images_decides_nothing_and_says_so(
    images, most, words, caplog
):
    assert surest(images, 0.95, "genus") == pytest.approx(most)
    assert words in caplog.text and bool(caplog.text) is bool(words)
