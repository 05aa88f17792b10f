"""Draw a contact sheet: photographs with their boxes and crops."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.images import decode
from bioscan.core.logs import job_log
from bioscan.core.photographs import read_photographs
from bioscan.image.contact_sheet import draw_contact_sheet

#: Photographs on the sheet.
SHOWN = 16


def draw_crops(index: Path, boxes: Path, settings: Mapping[str, Any], figure: Path) -> None:
    """Draw photographs taken evenly from all that have a box."""
    found = pl.read_parquet(boxes).filter(pl.col("status") == "ok")
    found = found.gather_every(max(1, found.height // SHOWN)).head(SHOWN)
    rows = pl.read_parquet(index).join(
        found.select("processid", "x0", "y0", "x1", "y1", "score"),
        on="processid",
        maintain_order="left",
    )
    corners = rows.select("x0", "y0", "x1", "y1").rows()
    photographs = [
        (processid, decode(data), box, score)
        for (processid, data), box, score in zip(
            read_photographs(rows), corners, rows["score"], strict=True
        )
    ]
    sheet = draw_contact_sheet(photographs, settings["ratio"], settings["fill"])
    save_figure(sheet, figure)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_crops(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            settings=snakemake.params.settings,
            figure=Path(snakemake.output[0]),
        )
