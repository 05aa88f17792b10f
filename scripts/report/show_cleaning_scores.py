"""Show how well cleaning repaired labels whose truth is known."""

from pathlib import Path

import polars as pl

from bioscan.core.logs import job_log
from bioscan.curate.truth import NO_NOISE
from bioscan.report.table_page import write_page

NOTE = (
    "One row per kind of simulated noise, one of the records with more than one kind (several), "
    f"and one of those to which none was added ({NO_NOISE}): their damaged labels are subfamilies "
    "that the source leaves empty where the genus is in none, for which cleaning writes "
    "'unassigned' and the family, as the paper does. The numbers count labels. Damaged ones are "
    "repaired, withdrawn (removed), missed or changed to something else wrong; sound ones may be "
    "gained, lost (removed, as the method has it, where records of a barcode differ) or spoilt. "
    "Precision: of the labels given, how many are true; recall: of the damaged ones, "
    "how many were repaired."
)

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        # Without any fault the shares are empty, and polars would read an empty column as text.
        shares = dict.fromkeys(["precision", "recall"], pl.Float64)
        scores = pl.read_csv(snakemake.input.scores, schema_overrides=shares)
        percent = (pl.col("precision", "recall") * 100).round(1)
        page = scores.with_columns(percent.name.suffix("_percent")).drop("precision", "recall")
        write_page(page, snakemake.params.title, NOTE, Path(snakemake.output[0]))
