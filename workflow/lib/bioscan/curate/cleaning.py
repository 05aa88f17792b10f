"""Label cleaning (BIOSCAN-5M §A4.4): the steps in order, with a trail of every change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import polars as pl

from bioscan.core.barcodes import barcode_key
from bioscan.core.errors import InputError
from bioscan.core.records import RANKS, most_specific_taxon
from bioscan.curate import steps
from bioscan.curate.contamination import CONTAMINATION_SCHEMA, mixed_orders
from bioscan.curate.invariants import check_invariants
from bioscan.curate.lineages import COMPANIONS
from bioscan.curate.losses import LOSSES_SCHEMA, losses
from bioscan.curate.parents import correct_parents, settle_parents
from bioscan.curate.parsing import parse_names
from bioscan.curate.verdicts import STEP

#: The columns of a record that cleaning may change.
CLEANED_COLUMNS = (*RANKS, *COMPANIONS, "inferred_ranks")

CHANGES_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "step": pl.String(),
    "rank": pl.String(),
    "before": pl.String(),
    "after": pl.String(),
}

#: Passes after which cleaning fails. Real and simulated labels need two or three, the last of which
#: changes nothing.
MAX_PASSES = 20


class Step(NamedTuple):
    """A cleaning step: a function from records to the same records in the same order."""

    name: str
    run: Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Cleaned:
    """Cleaned records with their trail.

    Attributes:
        records: processid, CLEANED_COLUMNS, and `taxon`, which follows the new labels.
        changes: one row per changed label, CHANGES_SCHEMA, in the order of steps and records.
        summary: counts per step, see `summarise`.
        contamination: barcodes of several orders, see `mixed_orders`.
        losses: labels that were removed, per step, rank and taxon, see `losses.losses`.
    """

    records: pl.DataFrame
    changes: pl.DataFrame
    summary: pl.DataFrame
    contamination: pl.DataFrame
    losses: pl.DataFrame


def barcode_number(min_letters: int = 0) -> pl.Expr:
    """A number for each barcode, regardless of unknown bases at its ends; null where there is none.

    Barcodes are most of the bytes of the records, and only their identity matters here.

    Args:
        min_letters: informative letters below which a barcode is taken for none (`barcode_key`).
    """
    key = barcode_key(min_letters=min_letters)
    return key.cast(pl.Categorical).to_physical().alias("barcode")


def cleaning_steps(min_majority: float) -> list[Step]:
    """The steps in their order.

    Names are standardised first, so that names that differ only in style do not conflict. Holes
    are filled before conflicts are resolved, as the paper's rule on fillers presupposes, but after
    a first round of inference: a subfamily known from another record of the barcode is not a hole.
    Names that identify nothing are removed last ("Finally", §A4.4); until then they count as
    annotations.
    """
    return [
        Step("tidy_labels", steps.tidy_labels),
        Step("parse_names", parse_names),
        Step("standardise_placeholders", steps.standardise_placeholders),
        Step("reconcile_genus", partial(steps.reconcile_genus, min_majority=min_majority)),
        Step("unify_variants", steps.unify_variants),
        Step("correct_parents", partial(correct_parents, min_majority=min_majority)),
        Step("unify_misspellings", steps.unify_misspellings),
        Step("infer_missing", steps.infer_missing),
        Step("fill_holes", partial(steps.fill_holes, min_majority=min_majority)),
        Step("resolve_conflicts", partial(steps.resolve_conflicts, min_majority=min_majority)),
        Step("infer_missing", steps.infer_missing),
        Step("settle_parents", partial(settle_parents, min_majority=min_majority)),
        Step("remove_unidentifying", steps.remove_unidentifying),
    ]


def clean(records: pl.DataFrame, min_majority: float) -> Cleaned:
    """Clean labels until no step changes anything, and check the paper's invariants.

    Args:
        records: processid, CLEANED_COLUMNS and `barcode` (see `barcode_number`).
        min_majority: share of the annotations of a barcode that must agree for the rest to be
            overruled (0.9 in BIOSCAN-5M §A4.4).

    Raises:
        InputError: labels still change after MAX_PASSES passes, or an invariant is violated.
    """
    frame = records
    changes = []
    contamination = None
    lost = [pl.DataFrame(schema=LOSSES_SCHEMA)]
    for _ in range(MAX_PASSES):
        begun = len(changes)
        for step in cleaning_steps(min_majority):
            if step.name == "resolve_conflicts" and contamination is None:
                contamination = mixed_orders(frame)
            after = step.run(frame)
            if after is frame:
                continue
            changed = _differences(frame, after, step.name, (*RANKS, *COMPANIONS))
            lost.append(losses(frame, changed, step.name))
            changes += changed
            frame = after
        if len(changes) == begun:
            break
    else:
        raise InputError(f"labels still change after {MAX_PASSES} passes of cleaning")
    check_invariants(frame)
    orphaned = [
        pl.when(~(records[rank].is_not_null() & frame[rank].is_null())).then(name)
        for name, rank in COMPANIONS.items()
    ]
    cleaned = frame.select("processid", *CLEANED_COLUMNS).with_columns(
        *orphaned, most_specific_taxon()
    )
    changes += _differences(frame, cleaned, "drop_orphans", COMPANIONS)
    trail = pl.concat([pl.DataFrame(schema=CHANGES_SCHEMA), *changes])
    return Cleaned(cleaned, trail, summarise(trail), contamination, pl.concat(lost))


def as_entered(records: pl.DataFrame) -> Cleaned:
    """The records without any cleaning, with an empty trail (1M was published so)."""
    trail = pl.DataFrame(schema=CHANGES_SCHEMA)
    left = records.select("processid", *CLEANED_COLUMNS, "taxon")
    tables = (pl.DataFrame(schema=schema) for schema in (CONTAMINATION_SCHEMA, LOSSES_SCHEMA))
    return Cleaned(left, trail, summarise(trail), *tables)


def summarise(changes: pl.DataFrame) -> pl.DataFrame:
    """Count what each step did.

    Returns:
        One row per step and rank: step, rank (null for all ranks together), records (changed),
        renamed, removed and added (labels), names (distinct labels before). Steps that changed
        nothing have one row of zeros.
    """
    before, after = pl.col("before"), pl.col("after")
    measures = (
        pl.col("processid").n_unique().alias("records"),
        (before.is_not_null() & after.is_not_null()).sum().alias("renamed"),
        after.is_null().sum().alias("removed"),
        before.is_null().sum().alias("added"),
        before.drop_nulls().n_unique().alias("names"),
    )
    counts = pl.concat(
        [
            changes.group_by("step").agg(*measures).with_columns(rank=pl.lit(None, pl.String)),
            changes.group_by("step", "rank").agg(*measures),
        ],
        how="diagonal",
    )
    # Verdicts have a row where there are some.
    names = [STEP] if (changes["step"] == STEP).any() else []
    names += [*(step.name for step in cleaning_steps(1.0)), "drop_orphans"]
    order = pl.Enum(list(dict.fromkeys(names)))
    ranks = pl.Enum([*RANKS, *COMPANIONS])
    every = pl.DataFrame({"step": order.categories})
    return (
        every.join(counts, on="step", how="left")
        .sort(pl.col("step").cast(order), pl.col("rank").cast(ranks))
        .with_columns(pl.exclude("step", "rank").fill_null(0).cast(pl.Int64))
        .select("step", "rank", pl.exclude("step", "rank"))
    )


def _differences(
    before: pl.DataFrame, after: pl.DataFrame, step: str, ranks: Iterable[str]
) -> list[pl.DataFrame]:
    """The labels that a step changed: one row per label, one frame per rank that has any.

    Both frames hold the same records in the same order.
    """
    found = []
    for rank in ranks:
        rows = before[rank].ne_missing(after[rank]).arg_true()
        if rows.len():
            found.append(
                pl.DataFrame(
                    {
                        "processid": before["processid"].gather(rows),
                        "step": pl.repeat(step, rows.len(), dtype=pl.String, eager=True),
                        "rank": pl.repeat(rank, rows.len(), dtype=pl.String, eager=True),
                        "before": before[rank].gather(rows),
                        "after": after[rank].gather(rows),
                    }
                )
            )
    return found
