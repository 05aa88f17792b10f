"""Records and images set aside, each with its reason."""

from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError

#: Columns of a quarantine table.
QUARANTINE_SCHEMA: dict[str, pl.DataType] = {"processid": pl.String(), "reason": pl.String()}


def check_share(quarantined: pl.DataFrame, total: int, max_share: float, source: Path) -> None:
    """Refuse a source of which too much had to be set aside.

    Args:
        quarantined: rows of QUARANTINE_SCHEMA.
        total: how many rows there were, these included.
        max_share: the config's `max_quarantined_share`.

    Raises:
        InputError: with the share, and the first ten rows with their reasons.
    """
    # A quotient is rounded like the number in the config; 0.29 * 100 is less than 29.
    if not quarantined.height or quarantined.height / total <= max_share:
        return
    first = "; ".join(
        f"{processid or '(no processid)'}: {reason}"
        for processid, reason in quarantined.select("processid", "reason").head(10).iter_rows()
    )
    raise InputError(
        f"{source}: {quarantined.height} of {total} quarantined, more than the config's "
        f"max_quarantined_share {max_share}: {first}"
    )
