"""Bad photographs and wrong labels among the errors of classifiers."""

import cv2
import numpy as np
import polars as pl
import pytest

from bioscan.classify import suspects
from bioscan.classify.suspects import (
    choose_measured,
    compare_seeds,
    diagnose,
    list_suspects,
    measure_images,
    measure_pixels,
    read_image,
    summarise_suspects,
    take_dominated,
)
from bioscan.core.images import encode
from bioscan.core.pack import PackReader
from tests.unit.core.packs import write_pack

CLASSES = ["Diptera", "Hymenoptera", "Coleoptera"]


def predictions(*rows: tuple, split="test") -> pl.DataFrame:
    """The predictions of one seed, from (processid, class, predicted, probability)."""
    names = ["processid", "class", "predicted", "probability"]
    table = pl.DataFrame(rows, schema=names, orient="row", schema_overrides={names[3]: pl.Float32})
    return table.with_columns(split=pl.lit(split))


def insect(blur: float = 0.0, dark: int = 40, light: int = 200) -> np.ndarray:
    """An ellipse with legs on a plain ground, RGB (256, 320, 3)."""
    pixels = np.full((256, 320, 3), light, dtype=np.uint8)
    cv2.ellipse(pixels, (160, 128), (70, 35), 20, 0, 360, (dark,) * 3, -1)
    for x in (110, 160, 210):
        cv2.line(pixels, (x, 40), (x + 15, 216), (dark,) * 3, 3)
    return cv2.GaussianBlur(pixels, (0, 0), blur) if blur else pixels


# Predictions of the seeds


def test_seeds_agree_or_differ():
    table = compare_seeds(
        [
            predictions(("A", 0, 1, 0.5), ("B", 1, 0, 0.9), ("C", 1, 1, 1.0)),
            predictions(("B", 1, 2, 0.7), ("C", 1, 1, 1.0), ("A", 0, 1, 0.75)),
        ]
    )
    assert table["processid"].to_list() == ["A", "B", "C"]
    assert table["predicted"].to_list() == [1, None, 1]
    assert table["probability"].to_list() == pytest.approx([0.625, 0.8, 1.0])
    assert table["wrong"].to_list() == [2, 2, 0]
    assert table["dominant"].to_list() == [0, 1, 0]
    assert table["seeds"].to_list() == [2, 2, 2]


def test_every_error_is_measured_and_evenly_some_of_the_correct_images(monkeypatch):
    monkeypatch.setattr(suspects, "MEASURED", 2)
    compared = compare_seeds(
        [predictions(*((name, 0, int(name in "be"), 0.5) for name in "abcdefg"))]
    )
    assert choose_measured(compared)["processid"].to_list() == ["b", "e", "a", "f"]  # of a c d f g


def test_images_taken_for_the_dominant_class_are_the_surest_of_each_class_in_turn():
    first = predictions(
        ("A", 1, 0, 0.9), ("B", 1, 0, 0.8), ("C", 2, 0, 0.6), ("D", 2, 0, 0.7), ("E", 1, 0, 0.9),
        ("F", 0, 0, 1.0), ("G", 1, 2, 1.0), ("H", 1, 0, 1.0),
    )  # fmt: skip
    # The seeds differ in H, and I is no test image.
    second = first.with_columns(
        pl.when(processid="H").then(1).otherwise("predicted").alias("predicted")
    )
    validated = predictions(("I", 1, 0, 1.0), split="validation")
    images = compare_seeds([first, second, validated])
    taken, total = take_dominated(images, most=4)
    assert (taken["processid"].to_list(), total) == (["A", "D", "E", "C"], 5)
    taken, total = take_dominated(images.filter(processid="F"))
    assert (taken.height, total) == (0, 0)


# Measures


def test_a_step_is_measured_by_hand():
    # From 50 to 150 in one pixel: the central difference is half of the step on either side of it.
    pixels = np.full((64, 64, 3), 50, dtype=np.uint8)
    pixels[:, 32:] = 150
    assert measure_pixels(pixels) == (0.5, 100)


@pytest.mark.parametrize("dark", [10, 100, 150])
def test_a_blurred_image_is_less_sharp_however_dark_the_insect(dark):
    sharpness = [measure_pixels(insect(blur, dark))[0] for blur in (0, 1, 2, 4)]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] == pytest.approx(measure_pixels(insect())[0], rel=0.05)


def test_an_image_of_nothing_has_no_contrast_and_no_sharpness():
    assert measure_pixels(np.full((32, 32, 3), 7, dtype=np.uint8)) == (0, 0)


def test_images_are_measured_at_one_size(tmp_path):
    large = cv2.resize(insect(), None, fx=3, fy=3)
    write_pack(tmp_path / "0.h5", "cropped", [("A", encode(large, 95))], {})
    assert read_image(PackReader([tmp_path / "0.h5"]), 0, 0).shape == (256, 320, 3)


# Diagnoses


@pytest.fixture
def diagnosed(tmp_path):
    """40 good images that are classified correctly, and eight that are not."""
    good = [f"G{n:02}" for n in range(40)]
    # Contrast and sharpness vary a little among the good ones, as their sizes and scores do.
    pixels = {name: insect(blur=0.5 + n / 100, dark=40 + n) for n, name in enumerate(good)}
    # B: blurred; F: faint; L: good, mislabelled; M: the same, less sure; U: unsure; D: the seeds
    # differ; T: small, and the box is doubtful; N: no box.
    pixels |= {name: insect(0.6) for name in "LMUDTN"}
    pixels |= {"B": insect(blur=5), "F": insect(0.6, dark=180)}
    reader_path = tmp_path / "0.h5"
    images = [(name, encode(image, 95)) for name, image in pixels.items()]
    write_pack(reader_path, "cropped_256", images, {})
    index = pl.DataFrame(
        {"processid": list(pixels), "shard": 0, "row": range(len(pixels))},
        schema_overrides={"shard": pl.UInt32, "row": pl.UInt32},
    )
    boxes = pl.DataFrame(
        {
            "processid": list(pixels),
            "x0": 10,
            "y0": 20,
            "x1": [610 + n for n in range(len(pixels))],
            "y1": [420 + n for n in range(len(pixels))],
            "score": [0.9 + n / 1000 for n in range(len(pixels))],
            "status": "ok",
        }
    ).with_columns(
        pl.when(pl.col("processid") == "T").then(50).otherwise("y1").alias("y1"),
        pl.when(pl.col("processid") == "T").then(0.5).otherwise("score").alias("score"),
        pl.when(pl.col("processid") == "N")
        .then(pl.lit("no_insect"))
        .otherwise("status")
        .alias("status"),
    )
    # Class 1 is predicted correctly with a probability of 0.9 on average.
    right = [(name, 1, 1, 0.8 + 0.2 * (n % 2)) for n, name in enumerate(good)]
    wrong = [("B", 0, 1, 0.99), ("F", 2, 1, 0.6), ("L", 0, 1, 0.97), ("M", 2, 1, 0.91)]
    wrong += [("U", 0, 1, 0.85), ("T", 0, 1, 0.5), ("N", 0, 1, 0.4)]
    seeds = [
        predictions(*right, *wrong, ("D", 1, 2, 0.99)),
        predictions(*right, *wrong, ("D", 1, 0, 0.99)),
    ]
    compared = compare_seeds(seeds)
    measured = measure_images(choose_measured(compared), PackReader([reader_path]), index, boxes)
    return compared, diagnose(measured, compared)


def test_a_blurred_image_is_bad_and_a_sharp_mislabelled_one_is_a_wrong_label(diagnosed):
    table = list_suspects(diagnosed[1], CLASSES)
    assert table.select("processid", "kind", "hints").rows() == [
        ("B", "bad photograph", "blurred"),
        ("L", "wrong label", None),
        ("M", "wrong label", None),
        ("U", "unsure", None),
        ("F", "bad photograph", "faint"),
        ("T", "bad photograph", "small; doubtful box"),
        ("N", "bad photograph", "small; doubtful box"),
    ]


def test_suspects_are_named(diagnosed):
    row = list_suspects(diagnosed[1], CLASSES).row(1, named=True)
    assert (row["label"], row["prediction"], row["seeds"]) == ("Diptera", "Hymenoptera", 2)
    assert row["probability"] == pytest.approx(0.97)
    assert row["size"] == 440  # the shorter side, of the 41st box


def test_an_image_without_a_box_has_no_size(diagnosed):
    row = list_suspects(diagnosed[1], CLASSES).row(-1, named=True)
    assert (row["size"], row["score"]) == (None, None)


def test_about_one_in_twenty_correct_images_has_each_hint(diagnosed):
    correct = diagnosed[1].filter(wrong=0)["hints"].drop_nulls().to_list()
    for word in suspects.HINTS.values():
        assert sum(word in hints for hints in correct) in (1, 2)


def test_of_equally_sure_suspects_the_first_processid_is_first():
    compared = compare_seeds([predictions(("B", 0, 1, 0.5), ("A", 0, 1, 0.5))])
    unhinted = compared.with_columns(
        *(pl.lit(1.0).alias(name) for name in suspects.HINTS), shard=0, row=0
    )
    table = list_suspects(diagnose(unhinted, compared), CLASSES)
    # Nothing is classified correctly, so nothing is known to be bad or usual.
    assert table.select("processid", "kind").rows() == [("A", "unsure"), ("B", "unsure")]


# The summary


def test_the_summary_is_of_the_test_split_and_in_percent():
    test = [
        # 8 images, of which two seeds get 3 and 1 wrong.
        [("A", 1, 0, 0.9), ("B", 2, 0, 0.9), ("C", 0, 1, 0.9)],
        [("A", 1, 0, 0.9), ("B", 2, 2, 0.9), ("C", 0, 0, 0.9)],
    ]
    right = [(name, 0, 0, 0.9) for name in "DEFGH"]
    other = predictions(("V", 0, 1, 0.9), split="validation")
    compared = compare_seeds([pl.concat([predictions(*rows, *right), other]) for rows in test])
    hints = {"A": "blurred", "C": "small", "D": "faint"}
    kinds = {"A": "bad photograph", "V": "wrong label"}
    diagnosed = compared.with_columns(
        pl.col("processid").replace_strict(hints, default=None).alias("hints"),
        pl.col("processid").replace_strict(kinds, default=None).alias("kind"),
    )
    assert summarise_suspects(compared, diagnosed, CLASSES, "small_insect_order").rows(
        named=True
    ) == [
        {
            "task": "insect_order",
            "size": "small",
            "seeds": 2,
            "errors": 2.0,
            "errors_percent": 25.0,
            "median_class_accuracy": 50.0,  # of 91.67, 0 and 50
            "dominant": "Diptera",
            "as_dominant_percent": 75.0,  # A twice and B once, of four
            "low_quality_percent": 75.0,  # A twice and C once
            "correct_low_quality_percent": 20.0,  # D, of five
            "suspects": 2,
            "bad_photograph_percent": 50.0,
            "wrong_label_percent": 50.0,
        }
    ]


def test_a_share_of_nothing_is_missing():
    compared = compare_seeds([predictions(("A", 0, 0, 0.9))])
    diagnosed = compared.with_columns(hints=pl.lit(None, pl.String), kind=pl.lit(None, pl.String))
    row = summarise_suspects(compared, diagnosed, CLASSES, "small_insect_order").row(0, named=True)
    assert (row["errors"], row["errors_percent"], row["suspects"]) == (0, 0, 0)
    assert row["as_dominant_percent"] is None
    assert row["low_quality_percent"] is None
    assert row["wrong_label_percent"] is None
