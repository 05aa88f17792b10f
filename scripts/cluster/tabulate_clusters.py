"""Tabulate how well the clusters of a dataset agree with its labels."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.cluster.choice import ALL_SAMPLES
from bioscan.cluster.scores import NOISE, labels_of, score, score_table
from bioscan.cluster.tables import tableA16, tidy_scores
from bioscan.core.encoders import ALL
from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.cluster")


def tabulate_clusters(
    records: Path,
    scores: Sequence[Path],
    splits: Sequence[str],
    spaces: Mapping[str, tuple[str | None, str | None]],
    missing: str,
    outputs: Mapping[str, Path],
) -> None:
    """Write all scores, with the agreement of BINs beside them, and Table A16.

    Args:
        records: partitioned.parquet.
        scores: of each space.
        splits: that are clustered.
        spaces: name → image and DNA embedding.
        missing: how Table A16 counts samples without a species.
        outputs: scores, text, table, published.
    """
    found = [pl.read_parquet(path) for path in scores]
    together = pl.concat([*found, _of_bins(records, splits)])
    if together.is_empty():
        log.warning("no specimen has a label, so no clusters are scored")
    write_parquet(together, outputs["scores"])
    write_csv(together, outputs["text"])
    write_csv(tidy_scores(together), outputs["table"])
    write_csv(tableA16(together, spaces, missing), outputs["published"])


def _of_bins(records: Path, splits: Sequence[str]) -> pl.DataFrame:
    """The agreement of BINs with labels, which a biologist has already."""
    table = pl.scan_parquet(records).collect()
    if tuple(splits) != (ALL,):
        table = table.filter(pl.col("split").is_in(splits))
    bins = table["dna_bin"]
    if not bins.count():
        return score_table([])
    # Samples without a BIN are in no cluster.
    labels = labels_of(bins) - 1
    labels[bins.is_null().to_numpy()] = NOISE
    facts = {"space": "dna_bin", "modality": "dna", "method": "bins", "variant": ALL_SAMPLES}
    rows = [facts | {"split": "+".join(splits)} | row for row in score(table, labels)]
    return score_table([row for row in rows if row["rank"] != "dna_bin"])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_clusters(
            records=Path(snakemake.input.records),
            scores=[Path(path) for path in snakemake.input.scores],
            splits=snakemake.params.splits,
            spaces=snakemake.params.spaces,
            missing=snakemake.params.missing,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
