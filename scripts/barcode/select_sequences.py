"""Select the distinct barcodes of each split."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.barcode.sequences import (
    Deduplication,
    count_sequences,
    select_sequences,
    trim_barcodes,
)
from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.sequences import count_changes


def main(
    records: Path,
    deduplicate: Deduplication,
    pretraining: Sequence[str],
    sequences: Path,
    counts: Path,
    letters: Path,
) -> None:
    """Write the barcodes, how many there are in each set, and what was changed to read them.

    Args:
        records: partitioned.parquet.
        pretraining: the splits that models are pretrained on.
    """
    barcodes = trim_barcodes(pl.scan_parquet(records))
    selected = select_sequences(barcodes, deduplicate)
    write_parquet(selected, sequences)
    write_csv(count_sequences(barcodes, selected, pretraining), counts)
    write_csv(count_changes(pl.read_parquet(records, columns=["dna_barcode"])), letters)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            records=Path(snakemake.input.records),
            deduplicate=snakemake.params.deduplicate,
            pretraining=snakemake.params.pretraining,
            sequences=Path(snakemake.output.sequences),
            counts=Path(snakemake.output.counts),
            letters=Path(snakemake.output.letters),
        )
