"""Label the barcodes of a dataset that look wrong, and list the gravest for people to look at."""

import logging
from pathlib import Path

import polars as pl

from bioscan.barcode.neighbours import conflicts, group_records
from bioscan.barcode.quality import LABELS, count_labels, examine, label, read_barcodes
from bioscan.core.columns import Columns, plain
from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.barcode.quality")

#: Labels that concern many barcodes and say little about them; the table of suspects leaves them.
COMMON = ("short", "unknown letters")

#: Suspects in the table, which is a page of the report; quality.parquet has them all.
SHOWN = 500


def find_barcode_suspects(
    records: Path, threads: int, quality: Path, suspects: Path, counts: Path
) -> None:
    """Write the labels of each record with a barcode, the suspects among them, and the counts.

    Args:
        records: partitioned records.
    """
    table = pl.scan_parquet(records)
    barcodes = read_barcodes(table)
    distinct = barcodes["sequence"].unique(maintain_order=True)
    if distinct.len():
        columns = Columns([plain(sequence) for sequence in distinct])
        examined = examine(distinct, columns)
    else:
        examined = examine(distinct, Columns(["N"]))
    measured = barcodes.join(examined, on="sequence", how="left", maintain_order="left")
    grouped = group_records(measured)
    found = conflicts(grouped.filter(pl.col("reverse").is_not_null()), threads)
    labelled = label(grouped.join(found, on="group", how="left", maintain_order="left"))
    write_parquet(labelled.drop("sequence", "group"), quality)

    words = pl.col("labels").str.split("; ").list.set_difference(list(COMMON))
    gravest = words.list.first().replace_strict(
        {name: rank for rank, name in enumerate(LABELS)}, default=None, return_dtype=pl.Int64
    )
    chosen = (
        labelled.with_columns(gravest.alias("gravest"))
        .filter(pl.col("gravest").is_not_null())
        .sort("gravest", "identity", "processid", descending=[False, True, False])
    )
    if chosen.height > SHOWN:
        log.warning("%d barcodes look wrong; the table has the gravest %d", chosen.height, SHOWN)
    write_csv(
        chosen.head(SHOWN).select(
            *("processid", "labels", "order", "family", "species", "dna_bin", "letters"),
            *("stop_codons", "neighbour", "neighbour_order", "neighbour_family", "identity"),
            *("agreeing", "differing"),
        ),
        suspects,
    )
    total = table.select(pl.len()).collect().item()
    write_csv(count_labels(labelled, total), counts)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        find_barcode_suspects(
            records=Path(snakemake.input.records),
            threads=snakemake.threads,
            quality=Path(snakemake.output.quality),
            suspects=Path(snakemake.output.suspects),
            counts=Path(snakemake.output.counts),
        )
