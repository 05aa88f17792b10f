"""Lay the counts of the cleaning steps beside those of the paper."""

from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.report.pages import write_page

#: step → the fact that the paper prints of it (5M §A4.4): records that it touched.
FACTS = {
    "resolve_conflicts": "records_label_dropped",
    "infer_missing": "records_label_inferred",
}


def summarise_cleaning(summary: Path, published: Path, title: str, page: Path) -> None:
    """Write the summary of the cleaning as a page."""
    facts = dict(pl.read_csv(published).select("fact", "value").iter_rows())
    table = pl.read_csv(summary).with_columns(
        pl.col("step")
        .replace_strict({step: float(facts[fact]) for step, fact in FACTS.items()})
        .alias("records_published")
    )
    note = (
        "records touched, and labels renamed, dropped and added; published: records that lost a "
        "label, records that gained one (BIOSCAN-5M §A4.4)"
    )
    write_page(table, title, note, page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        summarise_cleaning(
            summary=Path(snakemake.input.summary),
            published=Path(snakemake.input.published),
            title=f"{snakemake.wildcards.dataset}: label cleaning",
            page=Path(snakemake.output[0]),
        )
