"""The table of boxes, and its published form."""

import logging

import polars as pl

log = logging.getLogger("bioscan.detect")

#: Columns of `boxes.parquet`: the tight box in pixels of the original, half open, and the pixels
#: that the organism occupies, where the detector segments it (5M's image_measurement_value).
BOXES_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "width_original": pl.UInt32(),
    "height_original": pl.UInt32(),
    "x0": pl.Int32(),
    "y0": pl.Int32(),
    "x1": pl.Int32(),
    "y1": pl.Int32(),
    "score": pl.Float32(),
    "status": pl.Enum(["ok", "no_insect", "unreadable"]),
    "reason": pl.String(),
    "area_fraction": pl.Float64(),
    "scale_factor": pl.Float64(),
    "pixels": pl.UInt32(),
}

#: Columns of the released BIOSCAN_5M_Insect_bbox.tsv, in their order.
BBOX_TSV_COLUMNS = (
    "processid",
    "width_original",
    "height_original",
    "x0",
    "y0",
    "x1",
    "y1",
    "scale_factor",
    "area_fraction",
)


def published_sizes(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[float, float]:
    """`area_fraction` and `scale_factor` of the tight box, rounded to 4 places as published.

    5M §A4.1, equations 1 and 2. Recomputing the published values from the published boxes showed
    that they are those of the tight box, not of the extended crop.

    Args:
        box: x0, y0, x1, y1, pixels.
        size: width and height of the image, pixels.
    """
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    return round(w * h / (size[0] * size[1]), 4), round(min(w, h) / 256, 4)


def released_boxes(boxes: pl.DataFrame) -> pl.DataFrame:
    """The rows of BOXES_SCHEMA that have a box, in BBOX_TSV_COLUMNS."""
    return boxes.filter(pl.col("status") == "ok").select(BBOX_TSV_COLUMNS)


def warn_of_unmeasured(boxes: pl.DataFrame) -> None:
    """Count the organisms whose pixels nobody has measured, as their detector draws boxes alone.

    They stay unknown: a segmentation network that is none of the dataset's would see other insects
    than those of the boxes, and a box says little of what it holds.

    Args:
        boxes: BOXES_SCHEMA.
    """
    found = boxes.filter(pl.col("status") == "ok")
    if unmeasured := found["pixels"].null_count():
        log.warning(
            "pixels of the organism are unknown in %d of %d images, as the detector draws boxes "
            "and no masks; their image_measurement_value is that of the source, if it has one",
            unmeasured,
            found.height,
        )
