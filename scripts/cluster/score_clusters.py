"""Score the clusters of a space against labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bioscan.cluster.choice import ALL_SAMPLES, ONE_PER_BARCODE
from bioscan.cluster.scores import score, score_table
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log


def score_clusters(
    specimens: Path,
    clusters: Path,
    representatives: Path,
    space: str,
    modality: str,
    splits: Sequence[str],
    keys: Sequence[str],
    scores: Path,
) -> None:
    """Write the scores of each method: all samples, one per barcode, unseen species.

    Args:
        splits: that are clustered together.
        keys: splits of labelled keys. Where they are clustered too, each method is scored without
            them as well, and the one that takes their names, `known`, so alone.
    """
    table = pl.read_parquet(specimens)
    found = pl.read_parquet(clusters)
    together = "+".join(splits)
    facts = {"space": space, "modality": modality, "variant": ALL_SAMPLES, "split": together}
    rows: list[dict[str, Any]] = []
    of_keys = table["split"].is_in(keys).to_numpy()
    parts = {together: np.ones(table.height, bool)}
    if of_keys.any():
        parts[f"{together} but {'+'.join(keys)}"] = ~of_keys
    parts["test_unseen"] = (table["split"] == "test_unseen").to_numpy()
    for method in found.columns[1:]:
        labels = found[method].to_numpy()
        for split, part in parts.items():
            if not part.any() or (method == "known" and (part & of_keys).any()):
                continue
            here = facts | {"method": method, "split": split}
            rows += [here | row for row in score(table.filter(part), labels[part])]
    kept = pl.read_parquet(representatives)
    if kept.height:
        here = facts | {"method": "ward", "variant": ONE_PER_BARCODE}
        of_kept = kept.join(table, on="processid", maintain_order="left")
        rows += [here | row for row in score(of_kept, kept["ward"].to_numpy())]
    write_parquet(score_table(rows), scores)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        score_clusters(
            specimens=Path(snakemake.input.specimens),
            clusters=Path(snakemake.input.clusters),
            representatives=Path(snakemake.input.representatives),
            space=snakemake.wildcards.space,
            modality=snakemake.params.modality,
            splits=snakemake.params.splits,
            keys=snakemake.params.key_splits,
            scores=Path(snakemake.output[0]),
        )
