"""Draw a contact sheet of a dataset: crops, worst crops or quarantined images."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.image.contact_sheet import (
    DPI,
    Seen,
    draw_contact_sheet,
    draw_quarantine_sheet,
    read_pixels,
    take_evenly,
    take_quarantined,
    take_worst,
)
from bioscan.image.cropping import Cropping

#: Images on a sheet of crops, and on the sheet of quarantined images.
CROPS, QUARANTINED = 16, 25

#: Sheet of crops → which images are on it, and how its title says so.
CHOICES = {
    "crops": (take_evenly, "taken evenly"),
    "worst_crops": (take_worst, "those of the lowest scores"),
}


def draw_sheet(
    index: Path, boxes: Path, sheet: str, settings: Mapping[str, Any], figure: Path
) -> None:
    """Draw one sheet of images.

    Args:
        index: the image index (Parquet, IMAGE_INDEX_SCHEMA).
        boxes: the boxes of all images (Parquet, detect's BOXES_SCHEMA).
        sheet: one of CHOICES; or `quarantined`, images without a box: those without an insect, the
            highest scores first, and unreadable ones.
        settings: how crops are cut, by the keys of the config; none for `quarantined`.
        figure: PNG.
    """
    found = pl.read_parquet(boxes)
    if sheet == "quarantined":
        drawn = _draw_quarantined(index, found)
    else:
        drawn = _draw_crops(index, found, Cropping.from_config(settings), *CHOICES[sheet])
    save_figure(drawn, figure, dpi=DPI)


def _draw_crops(
    index: Path,
    found: pl.DataFrame,
    how: Cropping,
    choose: Callable[[pl.DataFrame, int], pl.DataFrame],
    which: str,
) -> Figure:
    """A sheet of the chosen images that have a box."""
    chosen = choose(found, CROPS)
    corners = chosen.select("x0", "y0", "x1", "y1").rows()
    sizes = chosen.select("processid", "score", "area_fraction", "scale_factor").rows()
    seen = [
        Seen(processid, pixels, box, score, area_fraction, scale_factor)
        for pixels, box, (processid, score, area_fraction, scale_factor) in zip(
            read_pixels(index, chosen), corners, sizes, strict=True
        )
    ]
    total = found.filter(pl.col("status") == "ok").height
    return draw_contact_sheet(seen, how, f"{len(seen)} of {total:,} crops, {which}")


def _draw_quarantined(index: Path, found: pl.DataFrame) -> Figure:
    """A sheet of images without a box, each with the reason."""
    chosen = take_quarantined(found, QUARANTINED)
    pixels = read_pixels(index, chosen)
    images = list(zip(chosen["processid"], pixels, chosen["reason"], strict=True))
    without, unreadable = (
        found.filter(pl.col("status") == status).height for status in ("no_insect", "unreadable")
    )
    title = (
        f"{len(images)} of {without + unreadable:,} images set aside as they were looked at "
        f"({without:,} without an insect, {unreadable:,} unreadable), the highest scores first"
    )
    return draw_quarantine_sheet(images, title)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_sheet(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            sheet=snakemake.wildcards.sheet,
            settings=snakemake.params.settings,
            figure=Path(snakemake.output[0]),
        )
