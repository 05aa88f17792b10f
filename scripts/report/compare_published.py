"""Lay a reproduced table beside the published one."""

from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.report.pages import beside_published, write_page

#: Which rows of a published file belong to a dataset of the same table (5M Table 2 prints both).
DATASETS = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}


def compare_published(reproduced: Path, published: Path | None, title: str, page: Path) -> None:
    """Write a table as a page, with the published values in a column of their own."""
    table = pl.read_csv(reproduced)
    note = "No paper prints this table."
    if published is None:
        table = table.rename({"value": "reproduced"})
    else:
        printed = pl.read_csv(published, schema_overrides={"k": pl.Int64})
        if "dataset" in printed.columns:
            printed = printed.filter(pl.col("dataset") == DATASETS[title.split("_")[0]])
        table = beside_published(table, printed)
        note = f"published: {printed['source'][0]}"
    write_page(table, title, note, page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        compare_published(
            reproduced=Path(snakemake.input.reproduced),
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            title=snakemake.wildcards.table,
            page=Path(snakemake.output[0]),
        )
