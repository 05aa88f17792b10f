"""Gather the boxes of all shards, and refuse a dataset with too many unreadable images."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import atomic, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.quarantine import check_share
from bioscan.detect.boxes import released_boxes, warn_of_unmeasured


def gather_boxes(
    shards: Sequence[Path], max_quarantined_share: float, boxes: Path, published: Path
) -> None:
    """Write one table of all images, and one of their boxes as BIOSCAN-5M publishes them."""
    found = pl.read_parquet(list(shards))
    unreadable = found.filter(pl.col("status") == "unreadable")
    check_share(unreadable, found.height, max_quarantined_share, boxes)
    warn_of_unmeasured(found)
    write_parquet(found, boxes)
    with atomic(published) as partial:
        released_boxes(found).write_csv(partial, separator="\t")


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        gather_boxes(
            shards=[Path(path) for path in snakemake.input.shards],
            max_quarantined_share=snakemake.params.max_quarantined_share,
            boxes=Path(snakemake.output.boxes),
            published=Path(snakemake.output.published),
        )
