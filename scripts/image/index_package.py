"""List which pack and row holds each image of a package."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.pack import read_processids


def index_package(packs: Sequence[Path], index: Path) -> None:
    """Write processid → shard (the pack's place in `packs`) and row."""
    rows = [
        pl.DataFrame({"processid": read_processids(path)}, schema={"processid": pl.String})
        .with_row_index("row")
        .select("processid", pl.lit(shard, pl.UInt32).alias("shard"), "row")
        for shard, path in enumerate(packs)
    ]
    write_parquet(pl.concat(rows), index)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        index_package([Path(path) for path in snakemake.input.packs], Path(snakemake.output[0]))
