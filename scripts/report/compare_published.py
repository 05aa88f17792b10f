"""Lay a reproduced table beside the published one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.formats import NAMES
from bioscan.core.logs import job_log
from bioscan.report.pages import (
    OTHER_SPECIMENS,
    beside_published,
    chief_rows,
    is_gathered,
    notes_beside,
    read_table,
    with_differences,
)
from bioscan.report.table_page import write_page


def compare_published(
    reproduced: Path,
    published: Path | None,
    records: Path | None,
    table: str,
    dataset: str,
    source: str,
    described: Mapping[str, Any],
    page: Path,
) -> None:
    """Write a table as a page, each column with the published values beside it.

    Args:
        records: of the dataset, which are counted where the table has no rows.
        table: its name, which begins with the dataset of the paper that prints it.
        dataset: the dataset of this run.
        source: whose specimens it has.
        described: title, note, measured, keys, shown and nothing of the table in
            workflow/report/artefacts.yaml.
    """
    # A key is text, though the published files may write it in digits (k of top-k).
    keys, title = described["keys"], f"{dataset}: {described['title']}"
    whole = read_table(reproduced, keys)
    rows = chief_rows(whole, described["shown"])
    notes = described["note"].splitlines()
    if rows.height < whole.height:
        notes.append(f"{rows.height} of {whole.height:,} rows; all are in tables/{table}.csv")
    count = pl.scan_parquet(records).select(pl.len()).collect().item() if records else 0
    nothing = described["nothing"].format(records=f"{count:,}")
    if published is None:
        write_page(rows, title, "\n".join(notes), page, nothing=nothing)
        return
    printed = read_table(published, keys)
    paper = NAMES[table.split("_")[0]]
    if "dataset" in printed.columns:
        # 5M Table 2 prints both datasets.
        printed = printed.filter(pl.col("dataset").str.starts_with(paper))
    # Numbers of several places name their places one by one.
    notes += [] if is_gathered(printed) else [f"published: {printed['source'][0]}"]
    notes += notes_beside(rows, printed, keys)
    if list(keys) == ["fact"]:
        # Numbers of several kinds: the paper's unit says which.
        units = printed.select(*keys, pl.col("unit").str.replace("^percent$", "%"))
        rows = rows.join(units, on=keys, how="left", maintain_order="left")
        printed = printed.drop("unit")
    beside, above = beside_published(rows, printed, keys), []
    if source in OTHER_SPECIMENS:
        above = _of_others(beside, OTHER_SPECIMENS[source], dataset, paper)
    elif described["measured"]:
        beside = with_differences(beside)
    write_page(beside, title, "\n".join(notes), page, above, nothing)


def _of_others(beside: pl.DataFrame, specimens: str, dataset: str, paper: str) -> list[str]:
    """That numbers are of other specimens than the paper's, and so of another dataset."""
    said = (
        f"This run has {specimens}: published numbers show what is printed, and in which units; "
        "that they differ from those here says nothing."
    )
    named = beside.select(pl.any_horizontal((pl.col(pl.String) == paper).any())).item()
    return [said, f"{paper} stands for {dataset} of this run."] if named else [said]


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        given = snakemake.input
        compare_published(
            reproduced=Path(given.reproduced),
            published=Path(given.published[0]) if given.published else None,
            records=Path(given.records[0]) if given.records else None,
            table=snakemake.wildcards.table,
            dataset=snakemake.wildcards.dataset,
            source=snakemake.params.source,
            described=snakemake.params.described,
            page=Path(snakemake.output[0]),
        )
