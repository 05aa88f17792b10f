"""Match the barcodes of specimens with those of references."""

import logging
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.sequences import trimmed
from bioscan.identify.barcodes import (
    UNLIKE,
    build_search,
    examine_barcodes,
    references,
    weigh_barcodes,
)
from bioscan.identify.calibration import calibrated, read_calibration
from bioscan.identify.evidence import nearest_references

log = logging.getLogger("bioscan.identify")


def match_barcodes(
    records: Path,
    sequences: Path,
    calibration: Path,
    threads: int,
    evidence: Path,
    nearest: Path,
    barcodes: Path,
) -> None:
    """Write what the references say, the nearest of them, and what is amiss with barcodes.

    Args:
        records: of the specimens: processid and dna_barcode.
        sequences: barcode/sequences.parquet of the references.
        calibration: of `calibrate_barcodes`.
        evidence: Parquet: EVIDENCE_SCHEMA and probability.
        nearest: Parquet: of `nearest_references`.
        barcodes: Parquet: processid, letters and fault, of those that have a barcode.
    """
    keys = references(pl.read_parquet(sequences))
    asked = pl.read_parquet(records, columns=["processid", "dna_barcode"])
    examined = examine_barcodes(asked.select("processid", trimmed().alias("sequence")))
    compared = examined.filter(pl.col("fault").is_null())
    if keys.is_empty():
        raise InputError(f"{sequences}: no barcode of the references has a label, expected names")
    found, hits = weigh_barcodes(build_search(keys), compared, keys, threads)
    aligned = hits["query"].unique().implode()
    unlike = pl.col("fault").is_null() & ~pl.col("processid").is_in(aligned)
    fault = pl.when(unlike).then(pl.lit(UNLIKE)).otherwise("fault").alias("fault")
    faults = examined.select("processid", "letters", fault)
    write_parquet(calibrated(found, read_calibration(calibration)), evidence)
    write_parquet(nearest_references(hits, keys), nearest)
    if amiss := faults["fault"].count():
        log.warning("barcodes that are not used: %d of %d", amiss, faults.height)
    write_parquet(faults, barcodes)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        match_barcodes(
            records=Path(snakemake.input.records),
            sequences=Path(snakemake.input.sequences[0]),
            calibration=Path(snakemake.input.calibration[0]),
            threads=snakemake.threads,
            evidence=Path(snakemake.output.evidence),
            nearest=Path(snakemake.output.nearest),
            barcodes=Path(snakemake.output.barcodes),
        )
