"""Calibrate how sure the nearest references in the space of a model make a label."""

from pathlib import Path

import faiss
import polars as pl

from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.identify.barcodes import known_queries
from bioscan.identify.calibration import calibrate_known, with_truth
from bioscan.identify.space import compare, read_labels, read_samples, read_whole_barcodes


def calibrate_space(
    records: Path, queries: Path, keys: Path, pair: str, calibration: Path, known: Path
) -> None:
    """Write the coefficients of each rank, and the answers to the queries of known labels.

    Args:
        records: partitioned.parquet of the references.
        queries, keys: their embeddings by two encoders of a model, all but `pretrain`.
        pair: what is compared. Of barcodes, whole ones alone.
        calibration, known: as of `calibrate_barcodes`.
    """
    labels = read_labels(records)
    compared = labels if pair.startswith("image") else read_whole_barcodes(records)
    parts = []
    for asked in known_queries(labels):
        asked = asked._replace(
            queries=asked.queries.join(
                compared.select("processid"), on="processid", how="semi", maintain_order="left"
            )
        )
        samples = read_samples(queries, asked.queries), read_samples(keys, asked.keys)
        evidence, _ = compare(*samples, labels)
        kind = pl.lit(asked.kind).alias("kind")
        parts.append(with_truth(evidence, asked.queries, asked.keys).with_columns(kind))
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
            pair=snakemake.wildcards.pair,
            calibration=Path(snakemake.output.calibration),
            known=Path(snakemake.output.known),
        )
