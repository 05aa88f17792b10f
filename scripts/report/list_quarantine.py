"""List everything that was set aside of a dataset, with its reason."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.report.pages import write_page


def list_quarantine(
    records: Path, images: Path, shards: Sequence[Path], title: str, table: Path, page: Path
) -> None:
    """Write all rows as a table, and how many there are of each kind as a page."""
    stages = {"record": [records], "photograph": [images], "crop": shards}
    rows = pl.concat(
        pl.read_parquet(list(paths)).select(pl.lit(stage).alias("stage"), "processid", "reason")
        for stage, paths in stages.items()
    )
    write_csv(rows, table)
    # Reasons that differ in a number or a name are of one kind.
    kind = pl.col("reason").str.replace(r"^row \d+:? ", "").str.replace(r"[:(].*", "")
    kind = kind.str.replace_all(r"'[^']*'|\S+\.[A-Za-z]{3,4}\b", "…")
    counts = rows.group_by("stage", kind.alias("reason"), maintain_order=True).agg(
        pl.len().alias("count"), pl.col("processid").head(3).str.join(", ").alias("for_example")
    )
    write_page(counts, title, f"all {rows.height} rows: {table.name}", page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        list_quarantine(
            records=Path(snakemake.input.records),
            images=Path(snakemake.input.images),
            shards=[Path(path) for path in snakemake.input.shards],
            title=f"{snakemake.wildcards.dataset}: set aside",
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
        )
