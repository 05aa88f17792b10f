"""The script that draws the contact sheets of a dataset."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.core.images import decode, encode
from scripts.image import draw_sheet as script
from tests.unit.core.indexed import write_images

#: The defaults of the config.
SETTINGS = {"ratio": 1.4, "fill": 255, "aspect": None, "rotate": False}

BOXES = {
    "processid": pl.String, "status": pl.String, "reason": pl.String, "score": pl.Float32,
    "area_fraction": pl.Float64, "scale_factor": pl.Float64,
    "x0": pl.Int32, "y0": pl.Int32, "x1": pl.Int32, "y1": pl.Int32,
}  # fmt: skip


def test_each_of_the_three_sheets_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = encode(np.full((90, 120, 3), 200, np.uint8), 90)
    boxes = [
        *((f"A{n}", "ok", None, 0.9 - n / 100, 0.1, 0.1, 10, 20, 60, 50) for n in range(20)),
        ("B1", "no_insect", "best score 0.10", 0.1, *[None] * 6),
        ("B2", "unreadable", "empty file", *[None] * 7),
    ]
    pl.DataFrame(boxes, BOXES, orient="row").write_parquet(tmp_path / "boxes.parquet")
    index = write_images(tmp_path, {processid: data for processid, *_ in boxes})
    drawn = {}
    save = script.save_figure

    def note(figure, path, **how):
        titles = [axis.get_title(loc="left") for axis in figure.axes]
        drawn[path.stem] = figure.get_suptitle(), [title for title in titles if title]
        save(figure, path, **how)

    monkeypatch.setattr(script, "save_figure", note)
    sheets = [tmp_path / f"{name}.png" for name in ("crops", "worst_crops", "quarantined")]
    for sheet in sheets:
        script.draw_sheet(index, tmp_path / "boxes.parquet", sheet.stem, SETTINGS, sheet)
    title, cells = drawn["crops"]
    assert title == "16 of 20 crops, taken evenly"
    assert cells[:4] == ["A0", "score 0.9000", "A1", "score 0.8900"]
    title, cells = drawn["worst_crops"]
    assert title == "16 of 20 crops, those of the lowest scores"
    assert cells[:2] == ["A19", "score 0.7100"]
    title, cells = drawn["quarantined"]
    assert title == (
        "2 of 2 images set aside as they were looked at (1 without an insect, 1 unreadable), "
        "the highest scores first"
    )
    assert cells == ["B1", "B2"]
    for sheet in sheets:
        assert decode(sheet.read_bytes()).ndim == 3
