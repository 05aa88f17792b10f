"""Group barcodes that are within a distance of each other."""

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from threadpoolctl import threadpool_limits

from bioscan.cluster.barcodes import DISTANCES, barcode_groups
from bioscan.core.encoders import ALL
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.sequences import trimmed

log = logging.getLogger("bioscan.cluster")


def cluster_barcodes(records: Path, splits: Sequence[str], clusters: Path) -> None:
    """Write the clusters of the barcodes of some splits by single linkage.

    Args:
        records: partitioned.parquet.
        splits: that are clustered together, or `all`.
        clusters: processid and a column per distance; samples without a barcode have no row.
    """
    table = pl.scan_parquet(records)
    if tuple(splits) != (ALL,):
        table = table.filter(pl.col("split").is_in(splits))
    samples = table.select("processid", trimmed().alias("barcode")).collect()
    present = samples.drop_nulls("barcode")
    if lost := samples.height - present.height:
        log.warning("%d of %d samples have no barcode to compare", lost, samples.height)
    distinct = present.select("barcode").unique(maintain_order=True)
    found = barcode_groups(distinct["barcode"].to_list(), list(DISTANCES.values()))
    columns = [pl.Series(name, groups) for name, groups in zip(DISTANCES, found, strict=True)]
    rows = present.join(distinct.with_columns(columns), on="barcode", maintain_order="left")
    write_parquet(rows.drop("barcode"), clusters)


if __name__ == "__main__":
    with job_log(snakemake.log[0]), threadpool_limits(snakemake.threads):
        cluster_barcodes(
            records=Path(snakemake.input.records),
            splits=snakemake.params.splits,
            clusters=Path(snakemake.output[0]),
        )
