"""Find the references of specimens in the space of a model."""

import logging
from pathlib import Path

import faiss
import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.records import RANKS
from bioscan.identify.calibration import calibrated, read_calibration
from bioscan.identify.space import compare, read_labels, read_samples, whole_barcodes

log = logging.getLogger("bioscan.identify")


def search_space(
    specimens: Path,
    records: Path,
    queries: Path,
    keys: Path,
    barcodes: Path | None,
    calibration: Path,
    evidence: Path,
) -> None:
    """Write what the nearest references say.

    Args:
        specimens: their records.
        records: partitioned.parquet of the references.
        queries, keys: embeddings of the specimens, and of the references but `pretrain`.
        barcodes: of `match_barcodes`, where barcodes are looked for; only whole ones are.
        calibration: of `calibrate_space`.
        evidence: Parquet: EVIDENCE_SCHEMA and probability.
    """
    labels = read_labels(records).filter(pl.any_horizontal(pl.col(RANKS[2:]).is_not_null()))
    asked = pl.read_parquet(specimens, columns=["processid"])
    if barcodes:
        examined = pl.read_parquet(barcodes)
        asked = whole_barcodes(examined)
        if left := examined.height - asked.height:
            log.warning(
                "barcodes that are set aside or short are not compared in the learned space: "
                "%d of %d",
                left,
                examined.height,
            )
    found, _ = compare(read_samples(queries, asked), read_samples(keys, labels), labels)
    write_parquet(calibrated(found, read_calibration(calibration)), evidence)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        faiss.omp_set_num_threads(snakemake.threads)
        search_space(
            specimens=Path(snakemake.input.specimens),
            records=Path(snakemake.input.records[0]),
            queries=Path(snakemake.input.queries),
            keys=Path(snakemake.input.references),
            barcodes=(
                Path(snakemake.input.barcodes)
                if snakemake.wildcards.pair.startswith("dna")
                else None
            ),
            calibration=Path(snakemake.input.calibration[0]),
            evidence=Path(snakemake.output[0]),
        )
