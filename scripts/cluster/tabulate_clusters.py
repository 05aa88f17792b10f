"""Tabulate how well the clusters of a dataset agree with its labels."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.cluster.choice import ALL_SAMPLES
from bioscan.cluster.known import NAMES_SCHEMA, score_names
from bioscan.cluster.scores import NOISE, labels_of, score, score_table
from bioscan.cluster.tables import tableA16, tidy_scores
from bioscan.core.encoders import ALL
from bioscan.core.files import write_csv, write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.cluster")


def tabulate_clusters(
    records: Path,
    scores: Sequence[Path],
    named: Sequence[Mapping[str, Path]],
    splits: Sequence[str],
    keys: Sequence[str],
    spaces: Mapping[str, tuple[str | None, str | None]],
    missing: str,
    outputs: Mapping[str, Path],
) -> None:
    """Write all scores, with the agreement of BINs beside them, Table A16, and that of names.

    Args:
        records: partitioned.parquet.
        scores: of each space.
        named: specimens, clusters and named of each space that is clustered by `known`.
        splits: that are clustered.
        keys: splits of labelled keys.
        spaces: name → image and DNA embedding.
        missing: how Table A16 counts samples without a species.
        outputs: scores, text, table, published, names.
    """
    found = [pl.read_parquet(path) for path in scores]
    together = pl.concat([*found, _of_bins(records, splits)])
    if together.is_empty():
        log.warning("no specimen has a label, so no clusters are scored")
    write_parquet(together, outputs["scores"])
    write_csv(together, outputs["text"])
    write_csv(tidy_scores(together), outputs["table"])
    write_csv(tableA16(together, spaces, missing), outputs["published"])
    names = [_of_names(records, files, keys, spaces) for files in named]
    write_csv(pl.concat([pl.DataFrame(schema=NAMES_SCHEMA), *names]), outputs["names"])


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


def _of_names(
    records: Path,
    files: Mapping[str, Path],
    keys: Sequence[str],
    spaces: Mapping[str, tuple[str | None, str | None]],
) -> pl.DataFrame:
    """What is right and wrong of the names of a space, but for those of the keys themselves."""
    clusters = pl.read_parquet(files["clusters"])
    if "known" not in clusters.columns:  # as no specimen is a labelled key
        return pl.DataFrame(schema=NAMES_SCHEMA)
    specimens = pl.read_parquet(files["specimens"]).join(
        clusters.select("processid", cluster="known"), on="processid", maintain_order="left"
    )
    known = pl.scan_parquet(records).filter(pl.col("split").is_in(keys))
    labels = known.select("species", "genus").unique().collect()
    found = score_names(
        specimens.filter(~pl.col("split").is_in(keys)),
        pl.read_parquet(files["named"]),
        *(labels[rank].drop_nulls() for rank in ("species", "genus")),
    )
    space = files["named"].parent.name
    image, dna = spaces[space]
    modality = "both" if image and dna else "image" if image else "dna"
    facts = (pl.lit(space).alias("space"), pl.lit(modality).alias("modality"))
    return found.with_columns(*facts).select(*NAMES_SCHEMA).cast(NAMES_SCHEMA)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_clusters(
            records=Path(snakemake.input.records),
            scores=[Path(path) for path in snakemake.input.scores],
            named=[
                dict(zip(("specimens", "clusters", "named"), map(Path, paths), strict=True))
                for paths in zip(
                    snakemake.input.specimens,
                    snakemake.input.clusters,
                    snakemake.input.named,
                    strict=True,
                )
            ],
            splits=snakemake.params.splits,
            keys=snakemake.params.key_splits,
            spaces=snakemake.params.spaces,
            missing=snakemake.params.missing,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
