"""Show the clusters of the best space of a modality to people, and list all of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.cluster.choice import read_shown
from bioscan.cluster.composition import compose_clusters, with_labels
from bioscan.cluster.gallery import SIDE, build_gallery, choose_crops
from bioscan.cluster.thumbnails import having_images, read_thumbnails
from bioscan.core.files import atomic, write_csv
from bioscan.core.logs import job_log

#: Modality → what is clustered, for the heading.
TITLES = {"image": "clusters of images", "dna": "clusters of DNA"}


def build(
    scores: Path,
    published: Mapping[str, str],
    spaces: Sequence[str],
    specimens: Sequence[Path],
    clusters: Sequence[Path],
    named: Sequence[Path],
    records: Path,
    index: Path | None,
    title: str,
    table: Path,
    page: Path,
) -> None:
    """Write the page and the table.

    Args:
        scores: scores.parquet.
        published: missing and split, as in `published_scores`.
        spaces: their names; specimens, clusters, named: their files.
        records: partitioned.parquet, for the lengths of barcodes.
        index: index.parquet of the package of the crops. None: the dataset has no images.
    """
    place, notes, found, method = read_shown(scores, published, spaces, specimens, clusters)
    letters = pl.scan_parquet(records).select(
        "processid", pl.col("dna_barcode").str.count_matches("[ACGT]").alias("letters")
    )
    found = (
        with_labels(found.rename({method: "cluster"}))
        .lazy()
        .join(letters, on="processid", how="left", maintain_order="left")
        .collect()
    )
    names = pl.read_parquet(named[place]) if method == "known" else None
    composed = compose_clusters(found, names)
    write_csv(composed, table)
    chosen = choose_crops(having_images(found, index), composed)
    crops = read_thumbnails(index, [name for some in chosen.values() for name in some], SIDE)
    with atomic(page) as partial:
        partial.write_text(build_gallery(found, composed, crops, title, table.name, notes))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        build(
            scores=Path(snakemake.input.scores),
            published=snakemake.params.published,
            spaces=snakemake.params.spaces,
            specimens=[Path(path) for path in snakemake.input.specimens],
            clusters=[Path(path) for path in snakemake.input.clusters],
            named=[Path(path) for path in snakemake.input.named],
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.crops[0]) if snakemake.input.crops else None,
            title=f"{snakemake.wildcards.dataset}: {TITLES[snakemake.wildcards.modality]}",
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
        )
