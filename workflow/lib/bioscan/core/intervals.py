"""The precision of a share."""

from math import ceil

#: Standard normal quantile of a two-sided interval of 95 %.
_Z = 1.959964


def largest_share(trials: int) -> float:
    """The largest share of successes that so many trials can tell.

    Where none of n fails, as many as 3 in n may, with a confidence of 95 % (the rule of three).
    """
    return max(0.0, 1 - 3 / trials) if trials else 0.0


def trials_to_tell(share: float) -> int:
    """The fewest trials whose `largest_share` is as large."""
    # Rounded, as 1 - 0.95 is a little more than 0.05.
    return ceil(round(3 / (1 - share), 6))


def wilson_interval(share: float | None, trials: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a share of trials (Wilson 1927); nothing where there are none."""
    if share is None:
        return None, None
    spread = _Z**2 / trials
    centre = share + spread / 2
    half = _Z * ((share * (1 - share) + spread / 4) / trials) ** 0.5
    return (centre - half) / (1 + spread), (centre + half) / (1 + spread)
