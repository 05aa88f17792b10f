"""Label cleaning as a sequence of named steps (BIOSCAN-5M §A4.4).

A step is a pure function from records to records. `clean` runs the steps in order and writes down
what each one changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bioscan.core.barcodes import barcode_key
from bioscan.core.records import RANKS, most_specific_taxon

#: Prefix of a subfamily that stands for "not grouped into a subfamily yet" (§A4.3).
FILLER = "unassigned "

#: `inferred_ranks` by the shallowest rank that was copied from a barcode twin (§A4.4). A phylum is
#: never missing in the published data; one that is copied counts as the deepest published code.
INFERRED_CODES = {
    "species": 1,
    "genus": 2,
    "subfamily": 3,
    "family": 4,
    "order": 5,
    "class": 6,
    "phylum": 6,
}

CHANGES_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "step": pl.String(),
    "rank": pl.String(),
    "before": pl.String(),
    "after": pl.String(),
}

Step = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Cleaned:
    """Cleaned records with their trail.

    Attributes:
        records: the input's columns; `taxon` and `inferred_ranks` follow the new labels.
        changes: one row a changed label, CHANGES_SCHEMA, in the order of steps and records.
        summary: one row a step.
    """

    records: pl.DataFrame
    changes: pl.DataFrame
    summary: pl.DataFrame


def clean(records: pl.DataFrame, min_majority: float) -> Cleaned:
    """Resolve conflicts between records of one barcode, then infer what is missing.

    Args:
        records: canonical records (core.records.SCHEMA).
        min_majority: share of the annotations of a barcode that must agree for the rest to be
            overruled (0.9 in BIOSCAN-5M §A4.4).
    """
    steps: dict[str, Step] = {
        "resolve_conflicts": lambda frame: resolve_conflicts(frame, min_majority),
        "infer_missing": infer_missing,
    }
    frame = records.with_columns(barcode_key())
    changes = []
    for name, step in steps.items():
        after = step(frame)
        changes.append(_difference(frame, after, name))
        frame = after
    trail = pl.concat(changes)
    frame = frame.drop("barcode_key").with_columns(most_specific_taxon())
    return Cleaned(frame.select(records.columns), trail, _summarise(trail, list(steps)))


def resolve_conflicts(records: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Make records of one barcode agree, rank by rank from the root.

    Where annotations of a rank differ, the most common one is accepted if its share of the
    records labelled at that rank reaches `min_majority`. The overruled records lose all ranks
    below, which named something within the wrong taxon; `infer_missing` gives them those of the
    majority. If none reaches it, every record of the barcode loses this rank and all below, and a
    filler that would become the deepest label goes too.
    """
    frame = records
    for depth, rank in enumerate(RANKS):
        verdict = _verdicts(frame, rank, min_majority)
        frame = frame.join(verdict, on="barcode_key", how="left", maintain_order="left")
        settled = pl.when(pl.col("conflict") & pl.col(rank).is_not_null()).then("majority")
        settled = settled.otherwise(rank)
        cut = pl.col("curtail").fill_null(False)
        lost = cut | pl.col(rank).ne_missing(settled)
        below = RANKS[depth + 1 :]
        # A filler names no subfamily: curtailing at the genus must not leave it the deepest label.
        frame = frame.with_columns(
            settled.alias(rank),
            *(pl.when(~lost).then(name).alias(name) for name in below),
        )
        if rank == "genus":
            filler = pl.col("subfamily").str.starts_with(FILLER).fill_null(False)
            frame = frame.with_columns(pl.when(~(cut & filler)).then("subfamily"))
        frame = frame.drop("conflict", "majority", "curtail")
    return frame


def infer_missing(records: pl.DataFrame) -> pl.DataFrame:
    """Copy missing ranks from records of the same barcode, and note the shallowest one copied.

    Expects that records of one barcode do not contradict one another (`resolve_conflicts`).
    """
    known = records.filter(pl.col("barcode_key").is_not_null()).group_by("barcode_key")
    known = known.agg(pl.col(rank).drop_nulls().first().alias(f"known_{rank}") for rank in RANKS)
    frame = records.join(known, on="barcode_key", how="left", maintain_order="left")
    copied = {
        rank: pl.col(rank).is_null() & pl.col(f"known_{rank}").is_not_null() for rank in RANKS
    }
    # Ranks run from the root down, so the first that holds is the shallowest.
    code = pl.coalesce(
        *(pl.when(copied[rank]).then(pl.lit(INFERRED_CODES[rank])) for rank in RANKS),
        pl.col("inferred_ranks"),
    )
    return frame.with_columns(
        code.cast(pl.UInt8).alias("inferred_ranks"),
        *(pl.coalesce(rank, f"known_{rank}").alias(rank) for rank in RANKS),
    ).drop(known.columns[1:])


def _verdicts(frame: pl.DataFrame, rank: str, min_majority: float) -> pl.DataFrame:
    """The barcodes whose records differ at a rank: the label that holds, or that none does."""
    labelled = frame.filter(pl.col("barcode_key").is_not_null() & pl.col(rank).is_not_null())
    votes = labelled.group_by("barcode_key", rank).len("votes")
    best = pl.col(rank).sort_by(["votes", rank], descending=[True, False]).first()
    share = pl.col("votes").max() / pl.col("votes").sum()
    verdicts = votes.group_by("barcode_key").agg(
        (pl.len() > 1).alias("conflict"),
        best.alias("majority"),
        (share < min_majority).alias("curtail"),
    )
    return verdicts.filter("conflict").with_columns(pl.when(~pl.col("curtail")).then("majority"))


def _difference(before: pl.DataFrame, after: pl.DataFrame, step: str) -> pl.DataFrame:
    """The labels that a step changed, one row each; both frames hold the same records in order."""
    changed = [
        pl.DataFrame(
            {
                "processid": before["processid"],
                "step": pl.repeat(step, before.height, dtype=pl.String, eager=True),
                "rank": pl.repeat(rank, before.height, dtype=pl.String, eager=True),
                "before": before[rank],
                "after": after[rank],
            }
        ).filter(pl.col("before").ne_missing(pl.col("after")))
        for rank in RANKS
    ]
    return pl.concat(changed)


def _summarise(changes: pl.DataFrame, steps: list[str]) -> pl.DataFrame:
    """Counts a step: records touched, and labels renamed, dropped and added."""
    counts = changes.group_by("step").agg(
        pl.col("processid").n_unique().alias("records"),
        (pl.col("before").is_not_null() & pl.col("after").is_not_null()).sum().alias("renamed"),
        pl.col("after").is_null().sum().alias("dropped"),
        pl.col("before").is_null().sum().alias("added"),
    )
    return (
        pl.DataFrame({"step": steps})
        .join(counts, on="step", how="left", maintain_order="left")
        .with_columns(pl.exclude("step").fill_null(0).cast(pl.Int64))
    )
