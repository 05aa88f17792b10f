"""Scores of label cleaning against known true labels, which simulated records have."""

import polars as pl

from bioscan.core.records import RANKS
from bioscan.curate.lineages import FILLER

#: Outcomes of a label. A damaged label ends as one of the first four, a sound one as one of the
#: last three or unchanged.
OUTCOMES = ("repaired", "withdrawn", "missed", "wrong", "gained", "lost", "spoilt")

#: The row of records to which no noise was added. Their damaged labels are subfamilies that the
#: source leaves empty and that have the filler in the truth.
NO_NOISE = "no noise"


def score_cleaning(raw: pl.DataFrame, curated: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Compare every label with the truth, before and after.

    A label is damaged if it differs from the expected one: the specimen's true lineage down to the
    rank to which its barcode was annotated. A damaged label is repaired (now as expected, or
    true), withdrawn (a wrong label removed), missed (unchanged) or wrong (changed to another
    untrue label). A sound label may be lost (removed), spoilt (changed to an untrue label) or
    gained (a true label added that was not annotated).

    Args:
        raw, curated: `processid` and RANKS, the same records in the same order.
        truth: processid, true_<rank>, true_label_rank and noise (kinds, joined by commas), of
            these records and possibly others.

    Returns:
        One row per kind of noise (NO_NOISE for records without any, "several" for those with more
        than one) and one for all: noise, records, labels (RANKS of each), damaged, OUTCOMES,
        precision ((repaired + gained) / (repaired + gained + wrong + spoilt)) and recall
        (repaired / damaged); null where the divisor is 0.
    """
    truth = raw.select("processid").join(
        truth, on="processid", how="left", maintain_order="left", validate="1:1"
    )
    kind = pl.col("noise").fill_null(NO_NOISE)
    kinds = truth.select(
        noise=pl.when(kind.str.contains(",")).then(pl.lit("several")).otherwise(kind)
    )
    depth = truth["true_label_rank"].cast(pl.Enum(RANKS)).to_physical()
    counted = []
    for level, rank in enumerate(RANKS):
        true = truth[f"true_{rank}"]
        if rank == "subfamily":
            # A genus in no subfamily has the filler (§A4.3) from the moment the genus is known.
            filler = FILLER + truth["true_family"]
            true = true.zip_with(true.is_not_null() | (depth <= level), filler)
        labels = kinds.with_columns(raw=raw[rank], final=curated[rank], true=true).with_columns(
            expected=pl.when(pl.Series(depth >= level)).then("true")
        )
        counted.append(_outcomes(labels))
    records = kinds.group_by("noise").len("records")
    scores = pl.concat(counted).group_by("noise").sum().join(records, on="noise")
    scores = scores.sort("noise")
    scores = pl.concat(
        [scores, scores.select(pl.lit("all").alias("noise"), pl.exclude("noise").sum())]
    )
    right = pl.col("repaired") + pl.col("gained")
    given = right + pl.col("wrong") + pl.col("spoilt")
    return scores.select(
        "noise",
        "records",
        "labels",
        "damaged",
        *OUTCOMES,
        precision=pl.when(given > 0).then(right / given),
        recall=pl.when(pl.col("damaged") > 0).then(pl.col("repaired") / pl.col("damaged")),
    )


def _outcomes(labels: pl.DataFrame) -> pl.DataFrame:
    """Count the outcomes of the labels of a rank, one row per kind of noise.

    Args:
        labels: noise, raw, final, true, expected.
    """
    raw, final, true, expected = map(pl.col, ("raw", "final", "true", "expected"))
    damaged = raw.ne_missing(expected)
    changed = raw.ne_missing(final)
    # Cleaning may also copy true labels deeper than the annotation from a barcode twin.
    right = final.eq_missing(expected) | final.eq(true).fill_null(False)
    gone = final.is_null()
    outcomes = {
        "damaged": damaged,
        "repaired": damaged & right,
        "withdrawn": damaged & ~right & changed & gone,
        "missed": damaged & ~right & ~changed,
        "wrong": damaged & ~right & changed & ~gone,
        "gained": ~damaged & changed & right,
        "lost": ~damaged & changed & ~right & gone,
        "spoilt": ~damaged & changed & ~right & ~gone,
    }
    return labels.group_by("noise").agg(
        pl.len().cast(pl.Int64).alias("labels"),
        *(rows.sum().cast(pl.Int64).alias(name) for name, rows in outcomes.items()),
    )
