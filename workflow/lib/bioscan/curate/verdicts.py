"""Labels as curators have judged them, before they are cleaned."""

import logging

import polars as pl

from bioscan.core.errors import InputError, first_ten
from bioscan.core.records import RANKS, most_specific_taxon
from bioscan.core.verdicts import NO_PHOTOGRAPH

log = logging.getLogger("bioscan.curate")

#: The step in the trail of changes.
STEP = "verdict"

#: Endings of the names of families and subfamilies of animals (ICZN, article 29.2).
_ENDINGS = {"family": "idae", "subfamily": "inae"}


def apply_verdicts(
    records: pl.DataFrame, verdicts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give records the labels of verdicts.

    A label brings the labels above it, those of the verdict or of other records, and removes those
    below it. One that confirms what the record has changes nothing.

    Args:
        records: processid, RANKS and any other columns.
        verdicts: `core.verdicts.VERDICTS_SCHEMA`.

    Returns:
        The same records in the same order; and the changes: processid, step, rank, before, after.

    Raises:
        InputError: the rank of a label cannot be told, or is not the one that is given.
    """
    unknown = verdicts.join(records, on="processid", how="anti", maintain_order="left")
    if unknown.height:
        names = first_ten(unknown["processid"])
        log.warning("verdicts on specimens that are no records: %d (%s)", unknown.height, names)
    judged = verdicts.filter(pl.col("verdict") != NO_PHOTOGRAPH)
    judged = judged.join(records, on="processid", how="semi", maintain_order="left")
    lineage: dict[tuple[str | None, ...], dict[str, str | None]] = {}
    rows = []
    for processid, *given in judged.select("processid", "label", "label_rank", *RANKS).iter_rows():
        key = tuple(given)
        if key not in lineage:
            label, rank, *own = given
            rank = _checked(label, rank, records)
            lineage[key] = _lineage(label, rank, dict(zip(RANKS, own, strict=True)), records)
        rows.append({"processid": processid, **lineage[key]})
    if alone := sorted({key[0] for key, found in lineage.items() if _is_alone(found)}):
        log.warning(
            "labels of verdicts above which nothing is known, as no record has them: %d (%s)",
            len(alone),
            first_ten(alone),
        )
    schema = {"processid": pl.String, **dict.fromkeys(RANKS, pl.String)}
    new = pl.DataFrame(rows, schema).with_columns(judged=True)
    joined = records.join(new, on="processid", how="left", maintain_order="left", suffix="_new")
    after = joined.with_columns(
        pl.when("judged").then(f"{rank}_new").otherwise(rank).alias(rank) for rank in RANKS
    ).select(records.columns)
    if "taxon" in records.columns:
        after = after.with_columns(most_specific_taxon())
    changes = [
        pl.DataFrame(
            {"processid": records["processid"], "before": records[rank], "after": after[rank]}
        )
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .select(
            "processid",
            pl.lit(STEP).alias("step"),
            pl.lit(rank).alias("rank"),
            "before",
            "after",
        )
        for rank in RANKS
    ]
    return after, pl.concat(changes)


def _lineage(
    label: str, rank: str, own: dict[str, str | None], records: pl.DataFrame
) -> dict[str, str | None]:
    """The labels from the root down to a label.

    Args:
        own: those that its verdict has; without any above the label, those that most records have.
    """
    above = RANKS[: RANKS.index(rank)]
    if any(own[parent] for parent in above):
        return own
    found = dict.fromkeys(RANKS)
    known = records.filter(pl.col(rank) == label)
    if rank == "species" and " " in label:
        found["genus"] = label.split(" ")[0]
        if known.is_empty():
            known = records.filter(pl.col("genus") == found["genus"])
    if above and known.height:
        counted = (
            known.group_by(above)
            .len()
            .sort("len", *above, descending=[True] + [False] * len(above))
        )
        found |= counted.select(above).row(0, named=True)
    return found | {rank: label}


def _is_alone(lineage: dict[str, str | None]) -> bool:
    """Whether nothing is known above a label, but for the genus that a species has in its name."""
    *above, _ = [rank for rank in RANKS if lineage[rank]]
    return not set(above) - {"genus"} and lineage[RANKS[0]] is None


def _checked(label: str, rank: str | None, records: pl.DataFrame) -> str:
    """The rank of a label: the one that is given, unless records have the label at others only."""
    if rank is None:
        return _rank_of(label, records)
    known = [name for name in RANKS if (records[name] == label).any()]
    if known and rank not in known:
        raise InputError(
            f"verdicts: label {label!r} has the label_rank {rank!r}, and is a {known[-1]} in the "
            f"records; expected {' or '.join(known)}, or another label"
        )
    return rank


def _rank_of(label: str, records: pl.DataFrame) -> str:
    """The rank at which records have a label, or that its form shows."""
    for rank in reversed(RANKS):
        if (records[rank] == label).any():
            return rank
    if " " in label:
        return "species"
    for rank, ending in _ENDINGS.items():
        if label.endswith(ending):
            return rank
    raise InputError(
        f"verdicts: the rank of {label!r} cannot be told, as no record has it; add a column "
        f"label_rank ({', '.join(RANKS)})"
    )
