"""Boxes for a shard of photographs."""

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.core.images import BrokenImage
from bioscan.detect.model import Scaling, load_detector
from bioscan.detect.prediction import BOXES_SCHEMA, predict_boxes, published_sizes


def with_answer(folder, centre_and_size, score):
    """A detector that gives the same box and score for every photograph."""
    model = load_detector(folder).eval()
    last = model.bbox_predictor.layers[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.logit(torch.tensor(centre_and_size)))
        model.class_labels_classifier.weight.zero_()
        model.class_labels_classifier.bias.copy_(torch.tensor([np.log(score / (1 - score)), 0]))
    return model


def predict(model, photographs, threshold=0.5, batch_size=2, sizes=None):
    """Boxes of photographs (processid → bytes) that are 128 × 96 unless `sizes` says otherwise."""
    sizes = sizes or [(128, 96)] * len(photographs)
    index = pl.DataFrame(sizes, schema=["width", "height"], orient="row")
    return predict_boxes(
        model,
        index,
        photographs.items(),
        scaling=Scaling(shortest=48, longest=64, fixed=False),
        threshold=threshold,
        batch_size=batch_size,
    )


@pytest.fixture
def confident(tiny_detector):
    """Sees an insect with a score of 0.8 a quarter of the width and height in from each side."""
    return with_answer(tiny_detector, [0.5, 0.5, 0.5, 0.5], 0.8)


def test_a_box_is_in_pixels_of_the_original(confident, well):
    found = predict(confident, {"A": well((128, 96))})
    assert dict(found.schema) == BOXES_SCHEMA
    row = found.row(0, named=True)
    assert row.pop("score") == pytest.approx(0.8)
    assert row == {
        "processid": "A",
        "width_original": 128,
        "height_original": 96,
        "x0": 32,
        "y0": 24,
        "x1": 96,
        "y1": 72,
        "status": "ok",
        "reason": None,
        "area_fraction": 0.25,
        "scale_factor": 0.1875,  # 48 / 256
    }


@pytest.mark.parametrize(
    ("threshold", "status"), [(0.0, "ok"), (0.75, "ok"), (0.85, "no_insect"), (1.0, "no_insect")]
)
def test_the_threshold_filters(confident, well, threshold, status):
    assert predict(confident, {"A": well((128, 96))}, threshold)["status"].to_list() == [status]


def test_the_threshold_judges_each_photograph(tiny_detector, well):
    torch.manual_seed(0)
    model = load_detector(tiny_detector).eval()
    photographs = {"A": well((128, 96)), "B": well((128, 96), (10, 10, 60, 60))}
    scores = predict(model, photographs, threshold=0)["score"]
    assert scores[0] != scores[1]
    # A score of no more than the threshold is no insect.
    found = predict(model, photographs, threshold=scores.min())
    expected = ["no_insect" if score == scores.min() else "ok" for score in scores]
    assert found["status"].to_list() == expected


def test_an_empty_well_has_a_score_and_a_reason_but_no_box(confident, well):
    row = predict(confident, {"A": well((128, 96))}, threshold=0.85).row(0, named=True)
    assert row["score"] == pytest.approx(0.8)
    assert row["reason"] == "best score 0.80, threshold 0.85"
    assert {row[name] for name in ("x0", "y0", "x1", "y1", "area_fraction", "scale_factor")} == {
        None
    }


def test_a_box_without_area_is_no_insect(tiny_detector, well):
    model = with_answer(tiny_detector, [0.5, 0.5, 0.001, 0.5], 0.8)
    assert predict(model, {"A": well((128, 96))})["status"].to_list() == ["no_insect"]


def test_a_box_ends_at_the_frame(tiny_detector, well):
    model = with_answer(tiny_detector, [0.9, 0.1, 0.5, 0.5], 0.8)
    found = predict(model, {"A": well((128, 96))})
    # From 0.65 to 1.15 across, from −0.15 to 0.35 down.
    assert found.select("x0", "y0", "x1", "y1").row(0) == (83, 0, 128, 34)


def test_unreadable_photographs_keep_their_reason_and_place(confident, well):
    photographs = {
        "C": well((128, 96)),
        "A": b"no photograph",
        "D": BrokenImage("archive ends after 3 of 9 bytes"),
        "B": well((128, 96)),
        "E": b"",
    }
    found = predict(confident, photographs)
    assert found["processid"].to_list() == list("CADBE")
    assert found["status"].to_list() == ["ok", "unreadable", "unreadable", "ok", "unreadable"]
    assert found["reason"].to_list() == [
        None,
        "not a photograph",
        "archive ends after 3 of 9 bytes",
        None,
        "empty file",
    ]
    assert found["score"].null_count() == 3


def test_a_batch_may_hold_unreadable_photographs_only(confident, well):
    photographs = {"A": b"", "B": b"", "C": well((128, 96))}
    found = predict(confident, photographs, batch_size=2)
    assert found["status"].to_list() == ["unreadable", "unreadable", "ok"]


def test_each_photograph_gets_its_own_box(tiny_detector, well):
    torch.manual_seed(0)
    model = load_detector(tiny_detector).eval()
    photographs = {name: well((128, 96), (8 * n, 10, 30, 40)) for n, name in enumerate("ABCDE")}
    together = predict(model, photographs, threshold=0, batch_size=3)
    for row, (name, data) in enumerate(photographs.items()):
        alone = predict(model, {name: data}, threshold=0)
        assert alone["score"][0] == pytest.approx(together["score"][row], abs=1e-6)


def test_no_photographs_give_an_empty_table(confident):
    index = pl.DataFrame(schema={"width": pl.UInt32, "height": pl.UInt32})
    scaling = Scaling(shortest=48, longest=64, fixed=False)
    found = predict_boxes(confident, index, [], scaling=scaling, threshold=0.5, batch_size=2)
    assert dict(found.schema) == BOXES_SCHEMA
    assert found.is_empty()


@pytest.mark.parametrize(
    ("box", "size", "area_fraction", "scale_factor"),
    [
        ((0, 0, 1024, 768), (1024, 768), 1.0, 3.0),
        # 200 · 300 / 786,432 is 0.07629; 200 / 256 is 0.78125.
        ((100, 50, 300, 350), (1024, 768), 0.0763, 0.7812),
        # 300 · 100 / 6,220,800 is 0.00482; the shorter side is the height.
        ((1000, 1000, 1300, 1100), (2880, 2160), 0.0048, 0.3906),
    ],
)
def test_published_sizes_are_those_of_the_tight_box(box, size, area_fraction, scale_factor):
    assert published_sizes(box, size) == (area_fraction, scale_factor)
