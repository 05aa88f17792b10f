"""Calibrate how sure the nearest barcodes make a label, on queries whose labels are known."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.identify.barcodes import build_search, cut_queries, known_queries, weigh_barcodes
from bioscan.identify.calibration import calibrate_known, with_truth


def calibrate_barcodes(sequences: Path, threads: int, calibration: Path, known: Path) -> None:
    """Write the coefficients of each rank, and the answers to all known queries.

    Args:
        sequences: barcode/sequences.parquet.
        calibration: JSON, of `fit_calibration`.
        known: Parquet: of `calibrate_known`.
    """
    parts, keys, search = [], None, None
    table = pl.read_parquet(sequences)
    for whole in known_queries(table):
        if keys is None or not whole.keys.equals(keys):
            keys, search = whole.keys, build_search(whole.keys)
        for asked in (whole, *cut_queries(whole)):
            evidence, _ = weigh_barcodes(search, asked.queries, keys, threads)
            kind = pl.lit(asked.kind).alias("kind")
            parts.append(with_truth(evidence, asked.queries, keys).with_columns(kind))
    fitted, answers = calibrate_known(pl.concat(parts))
    write_json(fitted, calibration)
    write_parquet(answers, known)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        calibrate_barcodes(
            sequences=Path(snakemake.input.sequences),
            threads=snakemake.threads,
            calibration=Path(snakemake.output.calibration),
            known=Path(snakemake.output.known),
        )
