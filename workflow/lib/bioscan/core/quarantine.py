"""Quarantined records and images, each with its reason."""

from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError, first_ten

#: Columns of a quarantine table.
QUARANTINE_SCHEMA: dict[str, pl.DataType] = {"processid": pl.String(), "reason": pl.String()}


def check_share(quarantined: pl.DataFrame, total: int, max_share: float, source: Path) -> None:
    """Refuse a source if too large a share of it is quarantined.

    Args:
        quarantined: rows of QUARANTINE_SCHEMA.
        total: number of rows of the source, quarantined ones included.
        max_share: the config's `max_quarantined_share`.
        source: the file that the message names.

    Raises:
        InputError: the share is exceeded; the message has the first ten rows with their reasons.
    """
    # Compare the quotient, which is rounded like the number in the config: 0.29 * 100 < 29.
    if not quarantined.height or quarantined.height / total <= max_share:
        return
    cases = (
        f"{_shown(processid) if processid else '(no processid)'}: {reason}"
        for processid, reason in quarantined.select("processid", "reason").iter_rows()
    )
    raise InputError(
        f"{source}: {quarantined.height} of {total} quarantined, more than the config's "
        f"max_quarantined_share {max_share}: {first_ten(cases, separator='; ')}"
    )


def _shown(name: str) -> str:
    """A name with a line end, say, is quoted: the message is one line."""
    return name if name.isprintable() else repr(name)
