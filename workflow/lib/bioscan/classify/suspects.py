"""Misclassified images that a person should look at: bad photographs and wrong labels.

1M §A6.4 names two uses of its classifiers: among their errors they find low-quality images, and
labels that experts should check.
"""

from collections.abc import Sequence
from math import ceil

import cv2
import numpy as np
import polars as pl

from bioscan.core.images import decode, resize_shorter_side
from bioscan.core.pack import PackReader

#: A measure of quality, better where higher → the hint that a low value gives.
HINTS = {
    "sharpness": "blurred",
    "contrast": "faint",
    "size": "small",
    "score": "doubtful box",
}

#: A measure is bad below this quantile of the correctly classified images.
BAD = 0.05

#: Correctly classified images that are measured, at most: BAD is then known to ±0.0015.
MEASURED = 20_000

#: Shorter side at which images are measured, pixels: that of the packages that are trained on.
SIDE = 256

#: The boxes of a dataset that came in packages: without any, no image is small or doubtful.
NO_BOXES = pl.DataFrame(
    schema={
        "processid": pl.String(),
        "status": pl.String(),
        **dict.fromkeys(("x0", "y0", "x1", "y1"), pl.Int32()),
        "score": pl.Float32(),
    }
)

#: The two kinds of suspects that are shown; all others are `unsure`.
KINDS = ("bad photograph", "wrong label")


def compare_seeds(predictions: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Compare the predictions of a model's seeds for each image, sorted by processid.

    Args:
        predictions: predictions.parquet of each seed.

    Returns:
        processid, split, class; predicted (null where the seeds differ), probability (the mean),
        seeds; wrong, dominant: how many seeds are wrong, and wrongly predict class 0.
    """
    wrong = pl.col("predicted") != pl.col("class")
    return (
        pl.concat(predictions)
        .group_by("processid", "split", "class")
        .agg(
            pl.when(pl.col("predicted").n_unique() == 1).then(pl.col("predicted").first()),
            pl.col("probability").cast(pl.Float64).mean(),
            pl.len().alias("seeds"),
            wrong.sum().alias("wrong"),
            (wrong & (pl.col("predicted") == 0)).sum().alias("dominant"),
        )
        .sort("processid")
    )


def take_dominated(images: pl.DataFrame, most: int = 16) -> tuple[pl.DataFrame, int]:
    """Test images of other classes that all seeds take for the dominant one (1M Figure A4).

    Of each class in turn the one that they are surest of, so that many classes are seen.

    Args:
        images: rows of `compare_seeds`.
        most: images that are taken.

    Returns:
        Those rows, and how many such images there are.
    """
    dominated = images.filter(
        pl.col("split") == "test", pl.col("class") != 0, pl.col("predicted") == 0
    ).sort("probability", "processid", descending=[True, False])
    turn = pl.int_range(pl.len()).over("class")
    return dominated.sort(turn, "class", maintain_order=True).head(most), dominated.height


def choose_measured(images: pl.DataFrame) -> pl.DataFrame:
    """The images of `compare_seeds` that any seed gets wrong, and MEASURED of the others."""
    correct = images.filter(wrong=0)
    step = max(1, ceil(correct.height / MEASURED))
    return pl.concat([images.filter(pl.col("wrong") > 0), correct.gather_every(step)])


def read_image(reader: PackReader, shard: int, row: int) -> np.ndarray:
    """A packed image with a shorter side of SIDE pixels, RGB (height, width, 3)."""
    pixels = decode(reader.read(shard, row), min_size=(SIDE, SIDE))
    return pixels if min(pixels.shape[:2]) == SIDE else resize_shorter_side(pixels, SIDE)


def measure_pixels(pixels: np.ndarray) -> tuple[float, float]:
    """Sharpness and contrast of an image, RGB (height, width, 3).

    Contrast is the range of its grey levels, without the lightest and darkest 1 %. Sharpness is the
    share of that range that its steepest edges (99th percentile of the gradient) cross in a pixel.
    It is a share, so that pale insects do not count as blurred, and of the steepest edges, so that
    the amount of background does not matter. It orders 99.8 % of all pairs of 155 hand-picked good
    crops of real wells and 27 blurred ones correctly; the variance of the Laplacian, 94 %. Insects
    that were enlarged to SIDE are blurred, and count as such.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # Weights of 1/8 give grey levels per pixel.
    x, y = (cv2.Sobel(grey, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    low, high = np.percentile(grey, (1, 99))
    contrast = float(high - low)
    steepest = float(np.percentile(cv2.magnitude(x, y), 99))
    return steepest / contrast if contrast else 0.0, contrast


def measure_images(
    images: pl.DataFrame, reader: PackReader, index: pl.DataFrame, boxes: pl.DataFrame
) -> pl.DataFrame:
    """Add shard, row and the measures of HINTS to the images, which are read one by one.

    Args:
        images: rows of `compare_seeds`.
        reader: the packs of the package.
        index: processid → shard, row of the package.
        boxes: boxes.parquet.

    Returns:
        Also sharpness and contrast (see `measure_pixels`), size (shorter side of the tight box,
        pixels of the original) and score of the box; the last two null where there is no box.
    """
    width, height = pl.col("x1") - pl.col("x0"), pl.col("y1") - pl.col("y0")
    size = pl.min_horizontal(width, height).alias("size")
    placed = images.join(index, on="processid").sort("shard", "row")
    measured = [
        measure_pixels(read_image(reader, *place))
        for place in placed.select("shard", "row").iter_rows()
    ]
    pixels = pl.DataFrame(measured, {"sharpness": pl.Float64, "contrast": pl.Float64}, orient="row")
    found = boxes.filter(pl.col("status") == "ok").select("processid", size, "score")
    return placed.hstack(pixels).join(found, on="processid", how="left", maintain_order="left")


def diagnose(measured: pl.DataFrame, images: pl.DataFrame) -> pl.DataFrame:
    """Add a diagnosis to each measured image.

    Args:
        measured: rows of `measure_images`.
        images: all rows of `compare_seeds`.

    Returns:
        Also hints, in words: which of HINTS is worse than in 95 % of the correctly classified
        images (null if none is; no box is the worst one). And kind, where all seeds predict one
        and the same wrong class: a bad photograph if there is a hint. Otherwise a wrong label if
        the seeds are at least as confident as they are on average where they predict that class
        correctly (after confident learning: Northcutt, Jiang & Chuang 2021, JAIR 70), or else
        unsure.
    """
    amount = {name: pl.col(name).fill_null(0) for name in HINTS}
    correct = pl.col("wrong") == 0
    found = [
        pl.when(amount[name] < amount[name].filter(correct).quantile(BAD)).then(pl.lit(word))
        for name, word in HINTS.items()
    ]
    predicted_correctly = images.filter(correct).group_by("predicted")
    usual = predicted_correctly.agg(pl.col("probability").mean().alias("usual"))
    hints = pl.concat_str(found, separator="; ", ignore_nulls=True).replace("", None)
    unanimous = pl.col("predicted") != pl.col("class")
    bad, wrong = KINDS
    return (
        measured.join(usual, on="predicted", how="left", maintain_order="left")
        .with_columns(hints.alias("hints"))
        .with_columns(
            pl.when(unanimous)
            .then(
                pl.when(pl.col("hints").is_not_null())
                .then(pl.lit(bad))
                .when(pl.col("probability") >= pl.col("usual"))
                .then(pl.lit(wrong))
                .otherwise(pl.lit("unsure"))
            )
            .alias("kind")
        )
        .drop("usual")
    )


def list_suspects(diagnosed: pl.DataFrame, classes: Sequence[str]) -> pl.DataFrame:
    """The images for which all seeds predict one and the same wrong class, the surest first.

    Args:
        diagnosed: rows of `diagnose`.
        classes: names of the classes.

    Returns:
        processid, split, label, prediction, probability, seeds, kind, hints, HINTS, shard, row.
    """
    named = pl.col("class", "predicted").replace_strict(
        dict(enumerate(classes)), return_dtype=pl.String
    )
    return (
        diagnosed.filter(pl.col("kind").is_not_null())
        .sort(["probability", "processid"], descending=[True, False])
        .with_columns(named)
        .rename({"class": "label", "predicted": "prediction"})
        .select(
            *("processid", "split", "label", "prediction", "probability", "seeds"),
            *("kind", "hints", *HINTS, "shard", "row"),
        )
    )


def summarise_suspects(
    images: pl.DataFrame, diagnosed: pl.DataFrame, classes: Sequence[str], experiment: str
) -> pl.DataFrame:
    """The errors of an experiment in one row, as 1M §A6.4 describes them; shares in percent.

    Args:
        images: all rows of `compare_seeds`.
        diagnosed: rows of `diagnose`.
        classes: names of the classes.
        experiment: its name, size_task or a rank.

    Returns:
        task, size (null for a rank), seeds; of the test split, as the mean over the seeds: errors,
        errors_percent (of its images), median_class_accuracy (of the classes, so that most are
        above what it is above, as 1M §5 has it), dominant (the class most frequent in training),
        as_dominant_percent (errors that predict it), low_quality_percent (errors that have a hint)
        and beside it correct_low_quality_percent (correct ones that have a hint: the share to
        expect by chance); of both splits: suspects, bad_photograph_percent and wrong_label_percent.
        A share of no image is null.
    """
    *size, task = experiment.split("_", 1)
    test, examined = images.filter(split="test"), diagnosed.filter(split="test")
    seeds, errors = test["seeds"].max(), test["wrong"].sum()
    hinted, correct = examined["hints"].is_not_null(), examined["wrong"] == 0
    kinds = diagnosed["kind"].drop_nulls()
    return pl.DataFrame(
        {
            "task": task,
            "size": size[0] if size else None,
            "seeds": seeds,
            "errors": errors / seeds,
            "errors_percent": _percent(errors, seeds * test.height),
            "median_class_accuracy": _median_class_accuracy(test),
            "dominant": classes[0],
            "as_dominant_percent": _percent(test["dominant"].sum(), errors),
            "low_quality_percent": _percent(examined.filter(hinted)["wrong"].sum(), errors),
            "correct_low_quality_percent": _percent((hinted & correct).sum(), correct.sum()),
            "suspects": kinds.len(),
            "bad_photograph_percent": _percent((kinds == KINDS[0]).sum(), kinds.len()),
            "wrong_label_percent": _percent((kinds == KINDS[1]).sum(), kinds.len()),
        }
    )


def _median_class_accuracy(test: pl.DataFrame) -> float | None:
    """Top-1 accuracy of the middle one of the classes that have samples, in percent."""
    right = 1 - pl.col("wrong").sum() / pl.col("seeds").sum()
    middle = test.group_by("class").agg(right.alias("right"))["right"].median()
    return None if middle is None else round(100 * middle, 2)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
