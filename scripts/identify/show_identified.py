"""Show identified specimens on a page."""

import json
from pathlib import Path

import polars as pl

from bioscan.core.files import atomic
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.identify.page import build_page


def show_identified(
    identified: Path, models: Path, index: Path | None, title: str, page: Path
) -> None:
    """Write the page.

    Args:
        identified, models: of `identify_specimens`.
        index: index.parquet of a package, beside its packs; None without photographs.
    """
    rows, reader = {}, None
    if index:
        found = pl.read_parquet(index, columns=["processid", "shard", "row"])
        rows = {name: place for name, *place in found.iter_rows()}
        reader = PackReader(packs_beside(index))
    html = build_page(
        pl.read_parquet(identified),
        lambda name: reader.read(*rows[name]) if name in rows else None,
        json.loads(models.read_text()),
        title,
    )
    with atomic(page) as partial:
        partial.write_text(html)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        show_identified(
            identified=Path(snakemake.input.identified),
            models=Path(snakemake.input.models),
            index=Path(snakemake.input.index[0]) if snakemake.input.index else None,
            title=f"{snakemake.wildcards.dataset}: identified specimens",
            page=Path(snakemake.output[0]),
        )
