"""How far a number of a run may lie from the printed one."""

import math

from scipy.stats import t

from bioscan.report.published import Cell, Entry

#: Words before printed numbers, and how they bound them.
ABOVE = ("over", "above", "in excess of")
BELOW = ("less than", "no more than", "almost")
ABOUT = ("approximately", "around", "roughly", "e.g.", "most", "typical, around")


def tolerance(entry: Entry, cell: Cell, seeds: int) -> tuple[float, str]:
    """How far a number of a run may lie from the printed one, and why.

    Args:
        seeds: over which the number is a mean.
    """
    if cell.qualifier in (*ABOVE, *BELOW):
        # "Over 62" would have been printed as "over 63" of a number above that.
        return _last_digit(cell.printed), f'printed as "{cell.qualifier}"'
    rounded = (cell.rule or {}).get("rounded")
    if rounded:
        return rounded / 2, f"printed in steps of {rounded}"
    if cell.qualifier in ABOUT:
        return _last_digit(cell.printed) / 2, f'printed as "{cell.qualifier}"'
    if cell.std is not None and cell.seeds:
        interval = tolerance_of_mean(cell.std, cell.seeds, seeds, cell.step)
        return interval, "95 % interval by the published standard deviation"
    if entry.tolerance:
        whole = 100 if cell.unit == "percent" else 1
        share = tolerance_of_share(entry.tolerance / whole, float(cell.printed) / whole) * whole
        return max(share, cell.step), "stated for the table"
    # A number in thousands may be cut or rounded.
    return (cell.step if cell.step > 1 else cell.step / 2), "last printed place"


def tolerance_of_mean(std: float, seeds: int, seeds_here: int, step: float) -> float:
    """How far the mean of a repetition lies from a printed mean in 95 % of cases.

    The prediction interval of the mean of `seeds_here` further runs of one model, by Student's t.
    It takes the printed standard deviation alone: with that of the run, a run would be allowed the
    more the less it is stable.

    Args:
        std: printed, over `seeds` runs; one of 0.00 is anything up to half a unit of its place.
        step: that unit.
    """
    quantile = t.ppf(0.975, seeds - 1)
    spread = max(std, step / 2) * math.sqrt(1 / seeds + 1 / seeds_here)
    return round(float(quantile) * spread, 6)


def tolerance_of_share(at_half: float, share: float) -> float:
    """The tolerance of a share, from that of a share of one half.

    It shrinks as the standard deviation of a share does, with the root of p (1 - p): an accuracy of
    0.3 percent is not that of 1.7, nor 99.7 that of 98.3, though both are near to each other.
    """
    return round(2 * at_half * math.sqrt(max(0, share * (1 - share))), 6)


def _last_digit(printed: str) -> float:
    """The unit of the last digit of a printed number that is not a closing zero: 10 of "80"."""
    whole, point, decimals = printed.partition(".")
    if point and decimals:
        return 10.0 ** -len(decimals)
    return 10.0 ** (len(whole) - len(whole.rstrip("0")))
