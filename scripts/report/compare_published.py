"""Lay a reproduced table beside the published one."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.formats import NAMES
from bioscan.core.logs import job_log
from bioscan.report.pages import (
    beside_published,
    is_gathered,
    notes_beside,
    read_table,
    with_differences,
    write_page,
)


def compare_published(
    reproduced: Path,
    published: Path | None,
    table: str,
    dataset: str,
    title: str,
    note: str,
    measured: bool,
    keys: Sequence[str],
    page: Path,
) -> None:
    """Write a table as a page, each column with the published values beside it.

    Args:
        table: its name, which begins with the dataset of the paper that prints it.
        dataset: the dataset of this run.
        title, note, measured, keys: of the table in workflow/report/artefacts.yaml.
    """
    # A key is text, though the published files may write it in digits (k of top-k).
    rows = read_table(reproduced, keys)
    if published is None:
        write_page(rows, f"{dataset}: {title}", note, page)
        return
    printed = read_table(published, keys)
    if "dataset" in printed.columns:
        # 5M Table 2 prints both datasets.
        paper = NAMES[table.split("_")[0]]
        printed = printed.filter(pl.col("dataset").str.starts_with(paper))
    # Numbers of several places have the title of the table, and name their places one by one.
    gathered = is_gathered(printed)
    source = title if gathered else printed["source"][0]
    notes = [note] if note else []
    notes += [] if gathered else [f"published: {source}"]
    notes += notes_beside(rows, printed, keys)
    beside = beside_published(rows, printed, keys)
    if measured:
        beside = with_differences(beside)
    write_page(beside, f"{dataset}: {source}", "\n".join(notes), page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        compare_published(
            reproduced=Path(snakemake.input.reproduced),
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            table=snakemake.wildcards.table,
            dataset=snakemake.wildcards.dataset,
            title=snakemake.params.title,
            note=snakemake.params.note,
            measured=snakemake.params.measured,
            keys=snakemake.params.join_keys,
            page=Path(snakemake.output[0]),
        )
