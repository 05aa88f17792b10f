"""Boxes for a shard of images."""

import io

import numpy as np
import polars as pl
import pytest
import torch
from PIL import ExifTags, Image

from bioscan.core.images import BrokenImage
from bioscan.detect import prediction
from bioscan.detect.boxes import BOXES_SCHEMA
from bioscan.detect.engine import in_torch
from bioscan.detect.model import Scaling, load_detector
from bioscan.detect.prediction import batches_of_one_size, predict_boxes


def with_answer(folder, centre_and_size, score):
    """A detector that gives the same box and score for every image."""
    model = load_detector(folder).eval()
    last = model.bbox_predictor.layers[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.logit(torch.tensor(centre_and_size)))
        model.class_labels_classifier.weight.zero_()
        model.class_labels_classifier.bias.copy_(torch.tensor([np.log(score / (1 - score)), 0]))
    return model


def index_of(images, sizes):
    """The columns of an image index that matter here."""
    rows = [(name, *size) for name, size in zip(images, sizes, strict=True)]
    return pl.DataFrame(rows, schema=["processid", "width", "height"], orient="row")


def predict(model, images, threshold=0.5, batch_size=2, sizes=None):
    """Boxes of images (processid → bytes) that are 128 × 96 unless `sizes` says otherwise."""
    return predict_boxes(
        in_torch(model, "cpu"),
        index_of(images, sizes or [(128, 96)] * len(images)),
        images.items(),
        scaling=Scaling(shortest=48, longest=64, fixed=False),
        threshold=threshold,
        batch_size=batch_size,
        threads=2,
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
        "pixels": None,  # it has no mask
    }


@pytest.mark.parametrize(
    ("threshold", "status"), [(0.0, "ok"), (0.75, "ok"), (0.85, "no_insect"), (1.0, "no_insect")]
)
def test_the_threshold_filters(confident, well, threshold, status):
    assert predict(confident, {"A": well((128, 96))}, threshold)["status"].to_list() == [status]


def test_the_threshold_applies_to_each_image(tiny_detector, well):
    torch.manual_seed(0)
    model = load_detector(tiny_detector).eval()
    images = {"A": well((128, 96)), "B": well((128, 96), (10, 10, 60, 60))}
    scores = predict(model, images, threshold=0)["score"]
    assert scores[0] != scores[1]
    # A score of no more than the threshold is no insect.
    found = predict(model, images, threshold=scores.min())
    expected = ["no_insect" if score == scores.min() else "ok" for score in scores]
    assert found["status"].to_list() == expected


def test_an_empty_well_has_a_score_and_a_reason_but_no_box(confident, well):
    row = predict(confident, {"A": well((128, 96))}, threshold=0.85).row(0, named=True)
    assert row["score"] == pytest.approx(0.8)
    assert row["reason"] == "best score 0.8000, threshold 0.85"
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


@pytest.mark.parametrize(
    ("centre_and_size", "corners"),
    [
        ([0.504, 0.5, 0.0078, 0.5], (64, 24, 65, 72)),  # one pixel of 128
        ([0.996, 0.5, 0.0078, 0.9999], (127, 0, 128, 96)),  # the last column
        ([0.5, 0.5, 0.9999, 0.9999], (0, 0, 128, 96)),  # the whole frame
    ],
)
def test_a_box_may_be_one_pixel_wide_or_touch_the_frame(
    tiny_detector, well, centre_and_size, corners
):
    model = with_answer(tiny_detector, centre_and_size, 0.8)
    found = predict(model, {"A": well((128, 96))})
    assert found.select("status", "x0", "y0", "x1", "y1").row(0) == ("ok", *corners)


def test_a_box_of_an_image_one_pixel_wide(tiny_detector, well):
    model = with_answer(tiny_detector, [0.5, 0.5, 0.9999, 0.5], 0.8)
    found = predict(model, {"A": well((1, 100))}, sizes=[(1, 100)])
    assert found.select("x0", "y0", "x1", "y1", "scale_factor").row(0) == (0, 25, 1, 75, 0.0039)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_box_is_one_of_the_stored_pixels_whatever_the_orientation(
    tiny_detector, well, orientation
):
    # Only what is seen differs between answers; a turned image would be seen differently.
    torch.manual_seed(0)
    model = load_detector(tiny_detector).eval()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    plain, noted = io.BytesIO(), io.BytesIO()
    image = Image.open(io.BytesIO(well((128, 96), (8, 10, 60, 30))))
    image.save(plain, "JPEG")
    image.save(noted, "JPEG", exif=exif)
    found = predict(model, {"A": plain.getvalue(), "B": noted.getvalue()}, threshold=0)
    assert found.row(0)[1:] == found.row(1)[1:]


def test_unreadable_images_keep_their_reason_and_place(confident, well):
    images = {
        "C": well((128, 96)),
        "A": b"no image",
        "D": BrokenImage("archive ends after 3 of 9 bytes"),
        "B": well((128, 96)),
        "E": b"",
    }
    found = predict(confident, images)
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


def test_a_batch_may_hold_unreadable_images_only(confident, well):
    images = {"A": b"", "B": b"", "C": well((128, 96))}
    found = predict(confident, images, batch_size=2)
    assert found["status"].to_list() == ["unreadable", "unreadable", "ok"]


def test_each_image_gets_its_own_box(tiny_detector, well):
    torch.manual_seed(0)
    model = load_detector(tiny_detector).eval()
    images = {name: well((128, 96), (8 * n, 10, 30, 40)) for n, name in enumerate("ABCDE")}
    together = predict(model, images, threshold=0, batch_size=3)
    for row, (name, data) in enumerate(images.items()):
        alone = predict(model, {name: data}, threshold=0)
        assert alone["score"][0] == pytest.approx(together["score"][row], abs=1e-6)


def test_no_images_give_an_empty_table(confident):
    found = predict(confident, {})
    assert dict(found.schema) == BOXES_SCHEMA
    assert found.is_empty()


def test_more_rows_than_are_python_objects_at_a_time(confident, well, monkeypatch):
    monkeypatch.setattr(prediction, "ROWS", 2)
    images = {name: b"" if name == "C" else well((128, 96)) for name in "ABCDE"}
    found = predict(confident, images, batch_size=3)
    assert found["processid"].to_list() == list("ABCDE")
    assert found["status"].to_list() == ["ok", "ok", "unreadable", "ok", "ok"]


# Batches


@pytest.fixture
def sensitive(tiny_detector):
    """A detector whose large weights make its answer depend on what it sees."""
    torch.manual_seed(0)
    model = load_detector(tiny_detector).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3)
    return model


def test_a_box_does_not_depend_on_the_other_images(sensitive, well):
    """Padded to one size, they would leak into each other's boxes."""
    sizes = [(128, 96), (96, 128), (128, 96), (128, 128), (96, 128), (128, 40), (128, 96)]
    images = {str(n): well(size, (4 * n, 5, 30 + n, 30)) for n, size in enumerate(sizes)}
    scores = predict(sensitive, images, threshold=0, batch_size=4, sizes=sizes)["score"]
    alone = [
        predict(sensitive, {name: images[name]}, threshold=0, sizes=[size])["score"][0]
        for name, size in zip(images, sizes, strict=True)
    ]
    np.testing.assert_allclose(scores, alone, rtol=0, atol=1e-6)
    assert np.diff(np.sort(alone)).min() > 1e-5  # they do differ from one another


def test_the_engine_gets_images_of_one_size(well):
    batches = []

    def engine(images):
        batches.append(tuple(images.shape))
        nothing = np.zeros(len(images), np.float32)
        return np.zeros((len(images), 4), np.float32), nothing, nothing

    sizes = [(128, 96), (96, 128), (128, 96), (128, 96)]
    images = {str(n): well(size) for n, size in enumerate(sizes)}
    predict_boxes(
        engine,
        index_of(images, sizes),
        images.items(),
        scaling=Scaling(shortest=48, longest=64),
        threshold=0.5,
        batch_size=3,
        threads=1,
    )
    assert batches == [(3, 3, 48, 64), (1, 3, 64, 48)]


def test_images_wait_for_their_like():
    wide, high = torch.zeros(3, 2, 4), torch.zeros(3, 4, 2)
    sizes = [wide, high, wide, high, high, wide, wide]
    batches = [rows for rows, _ in batches_of_one_size(enumerate(sizes), batch_size=3)]
    assert batches == [[1, 3, 4], [0, 2, 5], [6]]


def test_images_of_many_sizes_do_not_wait_for_ever():
    """No more than twice the batch size of them are in memory."""
    given = []

    def images():
        for row in range(50):
            given.append(row)
            yield row, torch.zeros(3, 1 + row // 2, 1)  # two of each size

    seen = []
    for rows, batch in batches_of_one_size(images(), batch_size=4):
        assert {image.shape for image in batch} == {batch[0].shape}
        assert len(given) - len(seen) <= 8
        seen += rows
    assert sorted(seen) == list(range(50))
    assert len(seen) == 50
