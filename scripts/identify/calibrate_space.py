"""Calibrate how sure the nearest references in the space of a model make a label."""

from pathlib import Path

import faiss
import polars as pl

from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.identify.barcodes import known_queries
from bioscan.identify.calibration import calibrate_known, with_truth
from bioscan.identify.space import compare, read_labels, read_samples


def calibrate_space(
    records: Path, queries: Path, keys: Path, calibration: Path, known: Path
) -> None:
    """Write the coefficients of each rank, and the answers to the queries of known labels.

    Args:
        records: partitioned.parquet of the references.
        queries, keys: their embeddings by two encoders of a model, all but `pretrain`.
        calibration, known: as of `calibrate_barcodes`.
    """
    labels = read_labels(records)
    parts = []
    for asked in known_queries(labels):
        samples = read_samples(queries, asked.queries), read_samples(keys, asked.keys)
        evidence, _ = compare(*samples, labels)
        kind = pl.lit(asked.kind).alias("kind")
        parts.append(with_truth(evidence, asked.queries).with_columns(kind))
    fitted, answers = calibrate_known(pl.concat(parts))
    write_json(fitted, calibration)
    write_parquet(answers, known)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        faiss.omp_set_num_threads(snakemake.threads)
        calibrate_space(
            records=Path(snakemake.input.records),
            queries=Path(snakemake.input.queries),
            keys=Path(snakemake.input.references),
            calibration=Path(snakemake.output.calibration),
            known=Path(snakemake.output.known),
        )
