"""Show queries and their nearest keys on a page."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import atomic
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.retrieve.embedded import read_records
from bioscan.retrieve.gallery import build_page, choose_images, choose_queries, nearest_species


def show_retrievals(
    records: Path,
    nearest: Path,
    index: Path,
    query_splits: Sequence[str],
    key_splits: Sequence[str],
    title: str,
    introduction: str,
    page: Path,
) -> None:
    """Write the page.

    Args:
        records: partitioned.parquet.
        nearest: of `search_keys`; shown are images and their nearest barcodes.
        index: index.parquet of the package, beside its packs.
    """
    found = (
        pl.scan_parquet(nearest)
        .filter(key_set="all", pair="image_to_dna")
        .drop_nulls("key")
        .collect()
    )
    asked = found.select(processid="query").unique()
    queries = choose_queries(
        read_records(records, query_splits).join(asked, on="processid", how="semi")
    )
    rows = {name: (shard, row) for name, shard, row in _rows(index)}
    reader = PackReader(packs_beside(index))
    keys = read_records(records, key_splits)
    species = nearest_species(found, keys)
    html = build_page(
        queries,
        species,
        choose_images(species, keys, set(rows)),
        lambda name: reader.read(*rows[name]) if name in rows else None,
        title,
        introduction,
    )
    with atomic(page) as partial:
        partial.write_text(html)


def _rows(index: Path) -> list[tuple[str, int, int]]:
    return pl.read_parquet(index, columns=["processid", "shard", "row"]).rows()


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        show_retrievals(
            records=Path(snakemake.input.records),
            nearest=Path(snakemake.input.nearest[0]),
            index=Path(snakemake.input.index),
            query_splits=snakemake.params.query_splits,
            key_splits=snakemake.params.key_splits,
            title=f"{snakemake.wildcards.dataset}: images and the nearest barcodes",
            introduction=(
                "Test images, and the species whose barcodes are nearest to them in the space of "
                f"{snakemake.params.model}, the nearest first, each by its nearest key, with the "
                "cosine similarity and how many of the nearest keys are of this species. The "
                "images of the keys are for people: the search has not seen them. Where a key has "
                "no photograph, another specimen of its species is shown, and named."
            ),
            page=Path(snakemake.output[0]),
        )
