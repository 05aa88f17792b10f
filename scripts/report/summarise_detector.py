"""Lay the detector's figures beside those of the published detectors."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.report.pages import write_page


def summarise_detector(metrics: Path, published: Sequence[Path], page: Path) -> None:
    """Write this run's figures, and those of 1M Table A5 and 5M Table A7, as one page."""
    own = json.loads(metrics.read_text())
    rows = [
        {
            "trained on": "this run",
            "judged on": "its validation set",
            "AP[0.75]": own["ap_75"],
            "AR[0.50:0.95]": own["ar_50_95"],
            "mean IoU": own["mean_iou"],
            "empty wells recognised": own["empty_recognised"],
            "insects lost": own["insects_lost"],
            "source": "",
        }
    ]
    for path in published:
        table = pl.read_csv(path).with_columns(
            (pl.col("metric") + "[" + pl.col("iou") + "]").alias("measure")
        )
        wide = table.pivot("measure", index=["training_data", "val_set", "source"], values="value")
        rows += wide.rename({"training_data": "trained on", "val_set": "judged on"}).to_dicts()
    note = "as fractions; a well is empty if no box scores above the threshold"
    write_page(pl.DataFrame(rows), "Detector", note, page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        summarise_detector(
            metrics=Path(snakemake.input.metrics),
            published=[Path(path) for path in snakemake.input.published],
            page=Path(snakemake.output[0]),
        )
