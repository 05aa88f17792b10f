"""Lay the counts of the cleaning steps beside those of the paper."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.curate.losses import LOSSES_SCHEMA, describe_losses
from bioscan.report.pages import write_page

#: Counts of the paper (5M §A4.4): step, rank, measure → the fact in its list.
FACTS = {
    ("standardise_placeholders", None, "records"): "records_renamed",
    ("standardise_placeholders", "genus", "renamed"): "samples_genus_renamed",
    ("standardise_placeholders", "species", "renamed"): "samples_species_renamed",
    ("reconcile_genus", None, "names"): "species_genus_name_conflicts",
    ("reconcile_genus", "genus", "added"): "samples_species_without_genus",
    ("resolve_conflicts", None, "records"): "records_label_dropped",
    ("infer_missing", None, "records"): "records_label_inferred",
    ("remove_unidentifying", None, "records"): "non_unique_species_samples",
    ("remove_unidentifying", None, "names"): "non_unique_species_values_removed",
}


#: Losses that the page names; curation/losses.csv has them all.
NAMED = 20


def summarise_cleaning(
    summary: Path,
    losses: Path,
    published: Path,
    cleaned: bool,
    title: str,
    page: Path,
    table: Path,
) -> None:
    """Write the counts of each step as a page, one row per count, and large losses below it.

    `table` is a CSV of the counts that the paper prints: fact, value, which is empty where
    labels are not `cleaned`.
    """
    facts = dict(pl.read_csv(published).select("fact", "value").iter_rows())
    printed = pl.DataFrame(
        [(*key, float(facts[fact])) for key, fact in FACTS.items()],
        schema=["step", "rank", "measure", "published"],
        orient="row",
    )
    rows = (
        pl.read_csv(summary, schema_overrides={"rank": pl.String})
        .unpivot(index=["step", "rank"], variable_name="measure", value_name="here")
        .join(printed, on=["step", "rank", "measure"], how="full", coalesce=True, nulls_equal=True)
    )
    counts = {tuple(key): here for *key, here in rows.drop("published").iter_rows()}
    found = [(fact, counts.get(key) or 0 if cleaned else None) for key, fact in FACTS.items()]
    write_csv(pl.DataFrame(found, {"fact": pl.String, "value": pl.Int64}, orient="row"), table)
    steps = pl.Enum(pl.read_csv(summary)["step"].unique(maintain_order=True))
    # Ranks one by one stand in the summary.
    whole = pl.col("rank").is_null() & (pl.col("here") > 0)
    shown = (
        rows.filter(whole | pl.col("published").is_not_null())
        .with_columns(pl.col("here").fill_null(0))
        .sort(pl.col("step").cast(steps), "rank", maintain_order=True)
        .with_columns(pl.col("rank").fill_null("all"))
    )
    note = (
        "records: with a changed label; names: distinct labels that were changed; the rest counts "
        "labels; curation/summary.csv has them by rank. Published: "
        "BIOSCAN-5M §A4.4, on records that are not public as they were before."
    )
    large = pl.read_csv(losses, schema_overrides=LOSSES_SCHEMA)
    sentences = [f"Large loss: {sentence}." for sentence in describe_losses(large.head(NAMED))]
    if large.height > NAMED:
        sentences.append(f"{large.height - NAMED:,} more large losses are in curation/losses.csv.")
    write_page(shown, title, "\n".join([note, *sentences]), page)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        summarise_cleaning(
            summary=Path(snakemake.input.summary),
            losses=Path(snakemake.input.losses),
            published=Path(snakemake.input.published),
            cleaned=snakemake.params.cleaned,
            title=f"{snakemake.wildcards.dataset}: label cleaning",
            page=Path(snakemake.output.page),
            table=Path(snakemake.output.table),
        )
