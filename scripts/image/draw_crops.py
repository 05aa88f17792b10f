"""Draw a contact sheet: images with their boxes and crops."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.image.contact_sheet import CHOICES, DPI, Seen, draw_contact_sheet, read_pixels
from bioscan.image.cropping import Cropping

#: Images on the sheet.
SHOWN = 16


def draw_crops(
    index: Path, boxes: Path, sheet: str, settings: Mapping[str, Any], figure: Path
) -> None:
    """Draw what a sheet shows of the images that have a box."""
    choose, which = CHOICES[sheet]
    found = pl.read_parquet(boxes)
    chosen = choose(found, SHOWN)
    corners = chosen.select("x0", "y0", "x1", "y1").rows()
    sizes = chosen.select("processid", "score", "area_fraction", "scale_factor").rows()
    seen = [
        Seen(processid, pixels, box, score, area_fraction, scale_factor)
        for pixels, box, (processid, score, area_fraction, scale_factor) in zip(
            read_pixels(index, chosen), corners, sizes, strict=True
        )
    ]
    total = found.filter(pl.col("status") == "ok").height
    title = f"{len(seen)} of {total:,} crops, {which}"
    save_figure(draw_contact_sheet(seen, Cropping.of(settings), title), figure, dpi=DPI)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_crops(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            sheet=snakemake.wildcards.sheet,
            settings=snakemake.params.settings,
            figure=Path(snakemake.output[0]),
        )
