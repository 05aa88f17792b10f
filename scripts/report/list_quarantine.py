"""List everything that was set aside of a dataset, with its reason."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.report.table_page import write_page


def list_quarantine(
    set_aside: Sequence[tuple[str, Path]], title: str, table: Path, page: Path
) -> None:
    """Write all rows as a table, and how many there are of each kind as a page.

    Args:
        set_aside: tables of QUARANTINE_SCHEMA, each with what its rows are: a record, a photograph,
            a crop, or an image of a package.
        title: of the page.
        table: CSV to write: stage, processid, reason.
        page: HTML to write.
    """
    rows = pl.concat(
        pl.read_parquet(path).select(pl.lit(stage).alias("stage"), "processid", "reason")
        for stage, path in set_aside
    )
    write_csv(rows, table)
    # Reasons that differ in a number or a name are of one kind.
    kind = pl.col("reason").str.replace(r"^row \d+:? ", "").str.replace(r"[:(].*", "")
    kind = kind.str.replace_all(r"'[^']*'|\S+\.[A-Za-z]{3,4}\b", "…")
    counts = rows.group_by("stage", kind.alias("reason"), maintain_order=True).agg(
        pl.len().alias("count"), pl.col("processid").head(3).str.join(", ").alias("for_example")
    )
    note = f"all {rows.height:,}, with their reasons one by one: tables/{table.name}"
    write_page(counts, title, note, page, nothing="Nothing was set aside.")


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        list_quarantine(
            set_aside=list(zip(snakemake.params.kinds, map(Path, snakemake.input), strict=True)),
            title=snakemake.params.title,
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
        )
