"""Lay a reproduced table beside the published one."""

from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.report.pages import beside_published, write_page

#: Which rows of a published file belong to a dataset of the same table (5M Table 2 prints both).
DATASETS = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}


def compare_published(
    reproduced: Path, published: Path | None, table: str, dataset: str, page: Path
) -> None:
    """Write a table as a page, with the published values in a column of their own.

    Args:
        table: its name, which begins with the dataset of the paper that prints it.
        dataset: the dataset of this run.
    """
    rows = pl.read_csv(reproduced)
    if published is None:
        write_page(rows, f"{dataset}: {table}", "no paper prints this table", page)
        return
    printed = pl.read_csv(published, schema_overrides={"k": pl.Int64})
    if "dataset" in printed.columns:
        printed = printed.filter(pl.col("dataset") == DATASETS[table.split("_")[0]])
    source = printed["source"][0]
    write_page(
        beside_published(rows, printed), f"{dataset}: {source}", f"published: {source}", page
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        compare_published(
            reproduced=Path(snakemake.input.reproduced),
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            table=snakemake.wildcards.table,
            dataset=snakemake.wildcards.dataset,
            page=Path(snakemake.output[0]),
        )
