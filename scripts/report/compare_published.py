"""Lay a reproduced table beside the published one."""

from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.report.pages import beside_published, notes_beside, write_page

#: Which rows of a published file belong to a dataset of the same table (5M Table 2 prints both).
DATASETS = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}

#: What readers need to know of a table that no paper prints.
NOTES = {
    "detectors": "fractions; AP, AR and IoU are of the photographs that show an insect; lost are "
    "those of them, and recognised those empty wells, whose best box scores no more than the "
    "threshold"
}

#: A key in every table, though written in digits.
TEXT = {"k": pl.String}


def compare_published(
    reproduced: Path, published: Path | None, table: str, dataset: str, page: Path
) -> None:
    """Write a table as a page, each column with the published values beside it.

    Args:
        table: its name, which begins with the dataset of the paper that prints it.
        dataset: the dataset of this run.
    """
    rows = pl.read_csv(reproduced, schema_overrides=TEXT)
    if published is None:
        note = NOTES.get(table, "no paper prints this table")
        write_page(rows, f"{dataset}: {table}", note, page)
        return
    printed = pl.read_csv(published, schema_overrides=TEXT)
    if "dataset" in printed.columns:
        paper = DATASETS[table.split("_")[0]]
        printed = printed.filter(pl.col("dataset").str.starts_with(paper))
    source = printed["source"][0]
    note = "\n".join([f"published: {source}", *notes_beside(rows, printed)])
    write_page(beside_published(rows, printed), f"{dataset}: {source}", note, page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        compare_published(
            reproduced=Path(snakemake.input.reproduced),
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            table=snakemake.wildcards.table,
            dataset=snakemake.wildcards.dataset,
            page=Path(snakemake.output[0]),
        )
