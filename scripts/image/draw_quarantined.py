"""Draw the images that have no box, each with the reason."""

from pathlib import Path

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.image.contact_sheet import DPI, draw_quarantine_sheet, read_pixels, take_quarantined

#: Images on the sheet.
SHOWN = 25


def draw_quarantined(index: Path, boxes: Path, figure: Path) -> None:
    """Draw images without an insect, the highest scores first, and unreadable ones."""
    found = pl.read_parquet(boxes)
    chosen = take_quarantined(found, SHOWN)
    pixels = read_pixels(index, chosen)
    pictures = list(zip(chosen["processid"], pixels, chosen["reason"], strict=True))
    without, unreadable = (
        found.filter(pl.col("status") == status).height for status in ("no_insect", "unreadable")
    )
    title = (
        f"{len(pictures)} of {without + unreadable:,} images set aside as they were looked at "
        f"({without:,} without an insect, {unreadable:,} unreadable), the highest scores first"
    )
    save_figure(draw_quarantine_sheet(pictures, title), figure, dpi=DPI)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_quarantined(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            figure=Path(snakemake.output[0]),
        )
