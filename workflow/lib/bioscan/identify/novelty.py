"""How well a new species is told by its barcode, by the length of the barcode."""

import polars as pl
from sklearn.metrics import roc_auc_score

from bioscan.identify.barcodes import EVALUATED, LENGTHS, NEARLY, WHOLE

#: auroc: 0.5 is chance; null where one of both kinds has no query.
NOVELTY_SCHEMA: dict[str, pl.DataType] = {
    "letters": pl.Int64(),
    "auroc": pl.Float64(),
    "known": pl.Int64(),
    "new": pl.Int64(),
}


def novelty_of(evidence: pl.DataFrame) -> pl.DataFrame:
    """The probability that the species of a query is none of the references'.

    Args:
        evidence: `query`, `rank` and `probability`.

    Returns:
        query and novelty, one row per query; null where no reference in reach has a species, so
        that nothing is known of it.
    """
    species = pl.col("probability").filter(pl.col("rank") == "species").first()
    return evidence.group_by("query", maintain_order=True).agg((1 - species).alias("novelty"))


def novelty_by_length(known: pl.DataFrame) -> pl.DataFrame:
    """The area under the ROC curve for telling new species from known ones.

    Known are those of `test`; new are those of `test_unseen`, and the species of `test` that are
    taken out of the references.

    Args:
        known: `kind`, and the columns of `novelty_of`; whole barcodes, and those that are cut.

    Returns:
        NOVELTY_SCHEMA, the shortest first.
    """
    rows = []
    for letters in (*LENGTHS, WHOLE):
        suffix = "" if letters == WHOLE else f" cut at {letters}"
        seen, unseen = EVALUATED
        kinds = [seen], [unseen, f"{seen} without species"]
        old, new = (
            pl.concat(
                novelty_of(known.filter(kind=f"{kind}{suffix}"))["novelty"].drop_nulls()
                for kind in of
            )
            for of in kinds
        )
        auroc = None
        if len(old) and len(new):
            auroc = round(roc_auc_score([0] * len(old) + [1] * len(new), [*old, *new]), 4)
        rows.append((letters, auroc, len(old), len(new)))
    return pl.DataFrame(rows, NOVELTY_SCHEMA, orient="row")


def validity(letters: pl.Expr, by_length: pl.DataFrame) -> pl.Expr:
    """The area of the longest length that a barcode reaches; null for a shorter one, or none."""
    found = pl.lit(None, pl.Float64)
    for length, auroc in by_length.select("letters", "auroc").iter_rows():
        # A whole barcode may lack some letters at its ends.
        reached = letters >= (NEARLY * length if length == WHOLE else length)
        found = pl.when(reached).then(pl.lit(auroc, pl.Float64)).otherwise(found)
    return found
