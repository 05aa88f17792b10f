"""The size of an organism in millimetres, from its box and its pixels."""

import polars as pl

#: The longer side of the box, and the area that the organism occupies.
SIZES_MM = ("box_length_mm", "area_mm2")


def box_length() -> pl.Expr:
    """The longer side of a box (x0, y0, x1, y1), pixels."""
    return pl.max_horizontal(pl.col("x1") - pl.col("x0"), pl.col("y1") - pl.col("y0"))


def sizes_mm(mm_per_pixel: float) -> list[pl.Expr]:
    """SIZES_MM, from `box_length` and image_measurement_value, both in pixels.

    Args:
        mm_per_pixel: of the original image.
    """
    length, area = SIZES_MM
    return [
        (pl.col("box_length") * mm_per_pixel).alias(length),
        (pl.col("image_measurement_value") * mm_per_pixel**2).alias(area),
    ]
