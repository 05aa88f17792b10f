"""Lay a reproduced table beside the published one."""

from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.report.pages import beside_published, notes_beside, with_differences, write_page

#: Which rows of a published file belong to a dataset of the same table (5M Table 2 prints both).
DATASETS = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}

#: What readers need to know of the figures of a table.
NOTES = {
    "detectors": "fractions; AP, AR and IoU are of the images that show an insect; lost are "
    "those of them, and recognised those empty wells, whose best box scores no more than the "
    "threshold",
    "bioscan1m_table5": "test split, percent; majority is what answering with the most frequent "
    "class would reach; the loss is cross-entropy",
    "bioscan1m_tableA6": "fractions, on the validation split, as the published ones seem to be, "
    "and on the test split; images in which no insect was found are in no cropped package",
    "bioscan1m_sectionA64": "percent; of the errors of the selected models on the test split, "
    "those as the dominant class and those of low quality; beside them how many correct ones are "
    "of low quality; of the suspects (test and validation split), bad photographs and wrong "
    "labels. Low quality is measured here: blurred, faint, small, or with a doubtful box",
}

#: Tables of what models reach: the difference to the published values is shown too.
MEASURED = (
    "bioscan1m_table5",
    "bioscan1m_tableA3",
    "bioscan1m_tableA4",
    "bioscan1m_tableA5",
    "bioscan1m_tableA6",
    "bioscan1m_sectionA64",
    "bioscan5m_tableA7",
)

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
    notes = [NOTES[table]] if table in NOTES else []
    if published is None:
        note = "\n".join(notes or ["no paper prints this table"])
        write_page(rows, f"{dataset}: {table}", note, page)
        return
    printed = pl.read_csv(published, schema_overrides=TEXT)
    if "dataset" in printed.columns:
        paper = DATASETS[table.split("_")[0]]
        printed = printed.filter(pl.col("dataset").str.starts_with(paper))
    source = printed["source"][0]
    note = "\n".join([*notes, f"published: {source}", *notes_beside(rows, printed)])
    beside = beside_published(rows, printed)
    if table in MEASURED:
        beside = with_differences(beside)
    write_page(beside, f"{dataset}: {source}", note, page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        compare_published(
            reproduced=Path(snakemake.input.reproduced),
            published=Path(snakemake.input.published[0]) if snakemake.input.published else None,
            table=snakemake.wildcards.table,
            dataset=snakemake.wildcards.dataset,
            page=Path(snakemake.output[0]),
        )
