"""The ledger: every published number joined to the one of this run."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from scipy.stats import t

from bioscan.core.formats import NAMES as PAPERS
from bioscan.core.formats import PUBLISHED_SPLITS
from bioscan.report.published import Cell, Entry, Settings

#: Outcomes of the comparison of a number, or of a setting (`as printed`), the better first.
STATUSES = ("reproduced", "as printed", "differs", "not judged", "not run", "not computed")

#: Columns of the tables made here that tell apart several numbers beside one that is printed.
VARIANTS = ("recipe", "model", "encoder", "pooling")

#: Words before printed numbers, and how they bound them.
ABOVE = ("over", "above", "in excess of")
BELOW = ("less than", "no more than", "almost")
ABOUT = ("approximately", "around", "roughly", "e.g.", "most", "typical, around")

#: Reasons for which numbers of whole datasets are not judged.
OTHER_SPECIMENS = {"simulated": "simulated specimens", "own": "own specimens"}

#: Stands between the footnotes of a number.
BETWEEN = " | "

SCHEMA = {
    "table": pl.String,
    "source": pl.String,
    "row": pl.String,
    "column": pl.String,
    "dataset": pl.String,
    "variant": pl.String,
    "published": pl.String,
    "published_std": pl.Float64,
    "unit": pl.String,
    "value": pl.String,
    "std": pl.Float64,
    "seeds": pl.Int64,
    "difference": pl.Float64,
    "tolerance": pl.Float64,
    "tolerance_from": pl.String,
    "within": pl.Boolean,
    "status": pl.String,
    "reason": pl.String,
    "follows": pl.String,
    "footnotes": pl.String,
}


@dataclass(frozen=True)
class Made:
    """A number of this run.

    Attributes:
        dataset: of the run.
        variant: VARIANTS of its row.
        value: as text.
        std, seeds: over the seeds of a model, where its table has them.
    """

    dataset: str
    variant: Mapping[str, str]
    value: str
    std: float | None = None
    seeds: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of the run.

    Attributes:
        tables: (table, dataset) → its rows, as text.
        formats: dataset → format; of the folder of the detectors there is none.
        sources: dataset → `published`, or whose specimens it has instead.
        settings: in use.
        choices: setting → its value in the `paper` and in the `released` code.
    """

    tables: Mapping[tuple[str, str], pl.DataFrame]
    formats: Mapping[str, str]
    sources: Mapping[str, str]
    settings: Settings
    choices: Mapping[str, Mapping[str, Any]]


def ledger(cells: Iterable[tuple[Entry, Cell]], facts: Facts) -> pl.DataFrame:
    """Join every published number to those of the run.

    Args:
        cells: the printed numbers, each with the entry of its file.

    Returns:
        SCHEMA, a row per printed number and variant, in the order of the cells.
    """
    made = _made(facts)
    rows = []
    for entry, cell in cells:
        if isinstance(cell.rule, str):
            rows.append(_row(cell, status="not computed", reason=cell.rule))
        elif cell.rule is None or "unjudged" in cell.rule:
            rows += _compare_made(entry, cell, made, facts)
        else:
            rows.append(_row(cell, **_compare_setting(cell, facts.settings)))
    return pl.DataFrame(rows, schema=SCHEMA)


def summary(rows: pl.DataFrame, titles: Mapping[str, str]) -> pl.DataFrame:
    """Printed numbers of each table by their status, each number once, by its best variant.

    Args:
        rows: the ledger.
        titles: of the tables.

    Returns:
        One row per table, in their order: table, title, numbers, STATUSES, and `within`, the
        numbers that are within the tolerance whether they are judged or not.
    """
    status = pl.col("status").cast(pl.Enum(STATUSES))
    best = rows.group_by("table", "row", "column", "source", maintain_order=True).agg(
        status.min(), pl.col("within").any()
    )
    return (
        best.group_by("table", maintain_order=True)
        .agg(
            pl.len().alias("numbers"),
            *((pl.col("status") == name).sum().alias(name) for name in STATUSES),
            pl.col("within").sum(),
        )
        .with_columns(title=pl.col("table").replace_strict(titles, default=pl.col("table")))
        .select("table", "title", "numbers", *STATUSES, "within")
    )


def _row(cell: Cell, **found: Any) -> dict[str, Any]:
    named = {name: value for name, value in cell.keys.items() if value}
    parts = named.values() if len(cell.keys) == 1 else map(": ".join, named.items())
    row = {
        "table": cell.table,
        "source": cell.source,
        "row": ", ".join(parts),
        "column": cell.column,
        "published": " ".join(filter(None, [cell.qualifier, cell.printed])),
        "published_std": cell.std,
        "unit": cell.unit,
        "footnotes": BETWEEN.join(cell.notes),
    }
    return dict.fromkeys(SCHEMA) | row | found


# Numbers


def _made(facts: Facts) -> dict[tuple[str, str], list[tuple[dict[str, str], Made]]]:
    """(table, column) → the rows of the run's tables with a value there."""
    found = defaultdict(list)
    for (table, dataset), frame in facts.tables.items():
        for row in frame.iter_rows(named=True):
            variant = {name: row[name] for name in VARIANTS if row.get(name)}
            seeds = int(row["seeds"]) if row.get("seeds") else None
            for column, value in row.items():
                if value:
                    over_seeds = column == "mean" and seeds is not None
                    std = float(row["std"]) if over_seeds and row.get("std") else None
                    found[table, column].append((row, Made(dataset, variant, value, std, seeds)))
    return found


def _compare_made(
    entry: Entry,
    cell: Cell,
    made: Mapping[tuple[str, str], list[tuple[dict[str, str], Made]]],
    facts: Facts,
) -> Iterator[dict[str, Any]]:
    tables = entry.made_in or [cell.table]
    beside = [
        found
        for table in tables
        for row, found in made.get((table, cell.column), [])
        if facts.formats.get(found.dataset, cell.paper) == cell.paper
        and all(row.get(name) in (value, None) for name, value in cell.keys.items())
        and row.keys() & cell.keys.keys()
    ]
    if not beside:
        yield _row(cell, status="not run", reason=_why_not_run(cell, tables, facts))
    for found in beside:
        judged = _within(entry, cell, found)
        status = "reproduced" if judged["within"] else "differs"
        unjudged = (cell.rule or {}).get("unjudged")
        reason = OTHER_SPECIMENS.get(facts.sources[found.dataset], unjudged)
        yield _row(
            cell,
            dataset=found.dataset,
            variant=", ".join(f"{name} {value}" for name, value in found.variant.items()),
            value=found.value,
            std=found.std,
            seeds=found.seeds or (1 if entry.tolerance else None),
            **judged,
            status="not judged" if reason else status,
            reason=reason,
            follows=_follows(entry, found, facts),
        )


def _why_not_run(cell: Cell, tables: Iterable[str], facts: Facts) -> str:
    if cell.paper not in facts.formats.values():
        return f"the run has no dataset of the format of {PAPERS[cell.paper]}"
    here = [table for table, _ in facts.tables if table in tables]
    if not here:
        return f"the run makes no {' or '.join(tables)}"
    return f"{here[0]} of the run has no such number"


def _within(entry: Entry, cell: Cell, found: Made) -> dict[str, Any]:
    """Difference to the printed value, the tolerance, and whether it is within that."""
    try:
        here, there = float(found.value), float(cell.printed)
    except ValueError:
        same = found.value.casefold() == cell.printed.casefold()
        return {"within": same, "tolerance_from": "the same words"}
    # Rounding ends the noise of subtracting what has a few places.
    difference = round(here - there, 6)
    tolerance, origin = _tolerance(entry, cell, found)
    within = abs(difference) < tolerance or math.isclose(abs(difference), tolerance)
    if cell.qualifier in ABOVE:
        within = within and difference >= 0
    elif cell.qualifier in BELOW:
        within = within and difference <= 0
    return {
        "difference": difference,
        "tolerance": tolerance,
        "tolerance_from": origin,
        "within": within,
    }


def _tolerance(entry: Entry, cell: Cell, found: Made) -> tuple[float, str]:
    """How far a number may lie from the printed one, and why."""
    if cell.qualifier in (*ABOVE, *BELOW):
        # "Over 62" would have been printed as "over 63" of a number above that.
        return _last_digit(cell.printed), f'printed as "{cell.qualifier}"'
    if cell.qualifier in ABOUT:
        return _last_digit(cell.printed) / 2, f'printed as "{cell.qualifier}"'
    if cell.std is not None and cell.seeds:
        tolerance = tolerance_of_mean(cell.std, cell.seeds, found.seeds or 1, cell.step)
        return tolerance, "95 % interval by the published standard deviation"
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


# Settings


def _compare_setting(cell: Cell, settings: Settings) -> dict[str, Any]:
    """Compare a printed setting with those in use; a setting is judged in every run that has it."""
    rule = cell.rule
    name = rule.get("of") or rule["setting"]
    # Where other datasets of the run are divided here, the settings are of those.
    used = [value for value in settings.get(name, []) if value != PUBLISHED_SPLITS]
    if not used:
        kept = name in settings
        reason = "the splits are the published ones" if kept else f"the run has no {name}"
        return {"status": "not run", "reason": reason}
    if "fixed" in rule:
        value, reason = str(rule["fixed"]), "the same in every run"
        return {"value": value, "within": True, "status": "as printed", "reason": reason}
    expected = rule.get("any_of", rule.get("is", cell.printed))
    expected = expected if isinstance(expected, list) else [expected]
    here, there = set(map(_word, used)), set(map(_word, expected))
    same = here <= there if "any_of" in rule else here == there
    return {
        "value": "; ".join(map(str, used)),
        "within": same,
        "tolerance_from": "the same setting",
        "status": "as printed" if same else "differs",
        "reason": "; ".join(filter(None, [f"config: {name}", rule.get("note")])),
    }


def _word(value: Any) -> str:
    """A setting as text; numbers in one form, as 1e-4 and 0.0001 are one."""
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        return str(value).casefold()


def _follows(entry: Entry, found: Made, facts: Facts) -> str:
    """Whether a number follows the paper's words, and where the released code or neither."""
    sides = defaultdict(list)
    for choice in entry.choices:
        used = _of_variant(choice, found, facts.settings)
        known = facts.choices[choice]
        if used == [PUBLISHED_SPLITS]:
            return PUBLISHED_SPLITS
        if not used:
            continue
        if "paper" in known and used == [known["paper"]]:
            sides["paper"].append(choice)
        elif "released" in known and used == [known["released"]]:
            sides["released code"].append(choice)
        elif "paper" in known:
            sides["neither"].append(f"{choice} is {', '.join(map(str, used))}")
    parts = ["paper"] if sides["paper"] or not (sides["released code"] or sides["neither"]) else []
    for side in ("released code", "neither"):
        if sides[side]:
            parts.append(f"{side} ({'; '.join(sides[side])})")
    return ", ".join(parts)


def _of_variant(name: str, found: Made, settings: Settings) -> list[Any] | None:
    """A setting of the recipe, model or dataset that made a number, or of the run."""
    section, _, key = name.rpartition(".")
    for of in (found.variant.get("recipe"), found.variant.get("model"), found.dataset):
        used = settings.get(f"{section}({of}).{key}")
        if used:
            return used
    return settings.get(name)
