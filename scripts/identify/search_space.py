"""Find the references of specimens in the space of a model."""

from pathlib import Path

import faiss
import polars as pl

from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log
from bioscan.core.records import RANKS
from bioscan.identify.calibration import calibrated, read_calibration
from bioscan.identify.region import read_region, within
from bioscan.identify.space import compare, read_labels, read_samples


def search_space(
    specimens: Path,
    records: Path,
    queries: Path,
    keys: Path,
    calibration: Path,
    region: Path | None,
    evidence: Path,
) -> None:
    """Write what the nearest references say.

    Args:
        specimens: their records.
        records: partitioned.parquet of the references.
        queries, keys: embeddings of the specimens, and of the references but `pretrain`.
        calibration: of `calibrate_space`.
        region: CSV of the species that may be answered.
        evidence: Parquet: EVIDENCE_SCHEMA, letters and probability.
    """
    labels = read_labels(records).filter(pl.any_horizontal(pl.col(RANKS[2:]).is_not_null()))
    if region:
        labels = labels.filter(within(read_region(region)))
    asked = pl.read_parquet(specimens, columns=["processid"])
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
            calibration=Path(snakemake.input.calibration[0]),
            region=Path(snakemake.input.region[0]) if snakemake.input.region else None,
            evidence=Path(snakemake.output[0]),
        )
