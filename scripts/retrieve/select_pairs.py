"""Select the records of a training set that have several modalities."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.retrieve.samples import leave_out_shared, read_partitioning, select_pairs


def write_pairs(
    records: Path,
    index: Path,
    splits: Sequence[str],
    partitioning: Path | None,
    test: Path | None,
    keep_shared: bool,
    training: str,
    pairs: Path,
    counts: Path,
) -> None:
    """Write a training set, and what it lacks and shares with test queries.

    Args:
        records: partitioned.parquet.
        index: index.parquet of the package of images.
        splits: of the records, or the lists of a partitioning.
        partitioning: a zip that lists sample ids.
        test: partitioned.parquet of the dataset that is evaluated on. None: nothing is compared.
        keep_shared: whether specimens and barcodes of test queries are only counted.
        training: the name of the training set, in the counts.

    Raises:
        InputError: no record has two modalities.
    """
    listed = None if partitioning is None else read_partitioning(partitioning, splits)
    selected, rows = select_pairs(pl.scan_parquet(records), pl.read_parquet(index), splits, listed)
    if test is not None:
        selected, shared = leave_out_shared(selected, pl.scan_parquet(test), keep_shared)
        rows += shared
    if selected.is_empty():
        raise InputError(
            f"{records}: no record of {', '.join(splits)} has two of image, barcode and label; "
            "there is nothing to align"
        )
    rows.append(("samples", selected.height))
    write_parquet(selected, pairs)
    table = pl.DataFrame(rows, schema={"counted": pl.String, "records": pl.Int64}, orient="row")
    write_csv(table.select(pl.lit(training).alias("training_set"), pl.all()), counts)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        partitioning, test = (
            Path(paths[0]) if paths else None
            for paths in (snakemake.input.partitioning, snakemake.input.test)
        )
        write_pairs(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            splits=snakemake.params.splits,
            partitioning=partitioning,
            test=test,
            keep_shared=snakemake.params.keep_shared,
            training=snakemake.wildcards.training,
            pairs=Path(snakemake.output.pairs),
            counts=Path(snakemake.output.counts),
        )
