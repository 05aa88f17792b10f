"""Lay the counts of the cleaning steps beside those of the paper."""

from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.curate.losses import LOSSES_SCHEMA, describe_losses
from bioscan.report.pages import PUBLISHED_SUFFIX
from bioscan.report.table_page import write_page

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

#: Step → what it does, for readers of the page.
DOES = {
    "verdict": "takes the labels of a curator",
    "tidy_labels": "one form of letters and spaces",
    "parse_names": "reduces labels to the names alone",
    "standardise_placeholders": "spells placeholders alike, such as Malaise1234",
    "reconcile_genus": "genus and first word of the species agree",
    "unify_variants": "of names that differ in case or spaces, the commoner",
    "correct_parents": "corrects misspelt names above the genus",
    "unify_misspellings": "of misspelt names of one barcode, the commoner",
    "infer_missing": "copies missing ranks from records of the same barcode",
    "fill_holes": "fills ranks that are missing between known ones",
    "resolve_conflicts": "records of one barcode get the label of most, or none",
    "settle_parents": "leaves every label one parent",
    "remove_unidentifying": "removes species names that identify no species",
    "drop_orphans": "removes labels without those above them",
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
    note = (
        "A row is a step, in their order, or one of its ranks that the paper counts too. Records: "
        "with a changed label; names: distinct labels that were changed; renamed, removed and "
        "added count labels. Steps are repeated until nothing changes; those that changed nothing "
        "are left out. curation/summary.csv has all ranks, changes.parquet each change. Published: "
        "BIOSCAN-5M §A4.4, on records that are not public as they were before."
    )
    shown = cleaned_beside(pl.read_csv(summary, schema_overrides={"rank": pl.String}), printed)
    large = pl.read_csv(losses, schema_overrides=LOSSES_SCHEMA)
    sentences = [f"Large loss: {sentence}." for sentence in describe_losses(large.head(NAMED))]
    if large.height > NAMED:
        sentences.append(f"{large.height - NAMED:,} more large losses are in curation/losses.csv.")
    nothing = "No step changed a label."
    write_page(shown, title, "\n".join([note, *sentences]), page, nothing=nothing)


def cleaned_beside(summary: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """The steps that changed anything, and ranks that the paper counts, with its counts beside.

    Args:
        summary: step, rank, and a column per measure.
        printed: step, rank, measure, published.
    """
    measures = ["records", "names", "renamed", "removed", "added"]
    wide = printed.pivot("measure", index=["step", "rank"], values="published")
    counts = [name for name in measures if name in wide.columns]
    wide = wide.rename({name: name + PUBLISHED_SUFFIX for name in counts})
    beside = summary.join(
        wide, on=["step", "rank"], how="left", nulls_equal=True, maintain_order="left"
    )
    changed = pl.sum_horizontal(measures) > 0
    compared = pl.any_horizontal(pl.col(f"^.*{PUBLISHED_SUFFIX}$").is_not_null())
    columns = [
        name
        for measure in measures
        for name in (measure, measure + PUBLISHED_SUFFIX)
        if name in beside.columns
    ]
    return beside.filter((pl.col("rank").is_null() & changed) | compared).select(
        pl.col("step").str.replace_all("_", " "),
        pl.col("step").replace_strict(DOES, default=None).alias("what it does"),
        pl.col("rank").fill_null("all"),
        *columns,
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        summarise_cleaning(
            summary=Path(snakemake.input.summary),
            losses=Path(snakemake.input.losses),
            published=Path(snakemake.input.published),
            cleaned=snakemake.params.cleaned,
            title=snakemake.params.title,
            page=Path(snakemake.output.page),
            table=Path(snakemake.output.table),
        )
