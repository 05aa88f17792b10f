"""The invariants of cleaned labels (BIOSCAN-5M §A4.4, Conclusion)."""

from itertools import pairwise

import polars as pl

from bioscan.core.errors import InputError, first_ten
from bioscan.core.records import RANKS
from bioscan.curate.names import identifies


def check_invariants(records: pl.DataFrame) -> None:
    """Check the invariants that the paper states for cleaned labels.

    Records with one barcode agree at every rank; each label has one parent, the label at the rank
    above; no species name is one that identifies nothing.

    Args:
        records: RANKS and `barcode` (a number, null where there is none).

    Raises:
        InputError: naming each invariant that is violated, and its first ten cases.
    """
    ways = records.drop_nulls("barcode").select("barcode", *RANKS).unique()
    torn = ways.filter(pl.col("barcode").is_duplicated()).sort(pl.all())
    broken = {"records of one barcode differ": torn.select(pl.concat_list(RANKS).list.join(" > "))}
    lineages = records.select(RANKS).unique()
    for parent, rank in pairwise(RANKS):
        parents = lineages.drop_nulls(rank).select(rank, parent).unique()
        broken[f"{rank} with several parents"] = (
            parents.filter(pl.col(rank).is_duplicated()).select(rank).unique().sort(rank)
        )
    species = lineages.drop_nulls("species").select("species").unique().sort("species")
    broken["species that identify nothing"] = species.filter(~identifies(pl.col("species")))
    faults = [
        f"{invariant}: {first_ten(found.to_series())}"
        for invariant, found in broken.items()
        if found.height
    ]
    if faults:
        raise InputError(f"cleaned labels violate invariants: {'; '.join(faults)}")
