"""The ledger: every published number joined to the one of this run."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bioscan.core.formats import NAMES as PAPERS
from bioscan.core.formats import PUBLISHED_SPLITS
from bioscan.report.gathering import gather, several
from bioscan.report.pages import OTHER_SPECIMENS
from bioscan.report.published import Cell, Entry, Settings
from bioscan.report.tolerance import ABOVE, BELOW, tolerance

#: Outcomes of the comparison of a number, or of a setting (those of SET), the better first.
SET = ("as printed", "set otherwise")
STATUSES = ("reproduced", SET[0], "differs", SET[1], "not judged", "not run", "not computed")

#: Columns of the tables made here that tell apart several numbers beside one that is printed.
VARIANTS = ("recipe", "model", "encoder", "pooling")

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
        elif cell.rule and ("setting" in cell.rule or "fixed" in cell.rule):
            rows.append(_row(cell, **_compare_setting(cell, facts.settings)))
        else:
            rows += _compare_made(entry, cell, made, facts)
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
    rule = cell.rule or {}
    tables = [rule["table"]] if "table" in rule else entry.made_in or [cell.table]
    if "table" in rule:
        beside = list(_gathered(cell, facts))
    else:
        beside = [
            found
            for table in tables
            for row, found in made.get((table, cell.column), [])
            if _is_of_paper(found.dataset, cell, facts)
            and all(row.get(name) in (value, None) for name, value in cell.keys.items())
            and row.keys() & cell.keys.keys()
        ]
        # A column that is printed once for several rows is there in each of them.
        beside = list({repr(found): found for found in beside}.values())
    if not beside:
        yield _row(cell, status="not run", reason=_why_not_run(cell, tables, facts))
    for found in beside:
        judged = _within(entry, cell, found)
        status = "reproduced" if judged["within"] else "differs"
        reason = OTHER_SPECIMENS.get(facts.sources[found.dataset], rule.get("unjudged"))
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


def _is_of_paper(dataset: str, cell: Cell, facts: Facts) -> bool:
    return facts.formats.get(dataset, cell.paper) == cell.paper


def _gathered(cell: Cell, facts: Facts) -> Iterator[Made]:
    for (table, dataset), rows in facts.tables.items():
        if table == cell.rule["table"] and _is_of_paper(dataset, cell, facts):
            value = gather(cell.rule, rows)
            if value is not None:
                yield Made(dataset, {}, value)


def _why_not_run(cell: Cell, tables: Iterable[str], facts: Facts) -> str:
    """Which part of a number the run lacks: the dataset, the table, a key, or the number."""
    if cell.paper not in facts.formats.values():
        return f"the run has no dataset of the format of {PAPERS[cell.paper]}"
    here = [
        (table, rows)
        for (table, dataset), rows in facts.tables.items()
        if table in tables and _is_of_paper(dataset, cell, facts)
    ]
    if not here:
        return f"the run makes no {' or '.join(tables)}"
    wanted = (cell.rule or {}).get("where", cell.keys)
    for table, rows in here:
        for name, value in wanted.items():
            known = rows[name].unique().sort() if name in rows.columns else [value]
            if not any(str(one) in known for one in several(value)):
                return f"{table} of the run has no {name} {value!r}, but {_some(known)}"
    return f"{here[0][0]} of the run has no such row, or no number there"


def _some(values: pl.Series, most: int = 5) -> str:
    """The first of several values."""
    named = [repr(value) if value else "none" for value in values[:most]]
    return ", ".join(named) + (f" and {len(values) - most} others" if len(values) > most else "")


def _within(entry: Entry, cell: Cell, found: Made) -> dict[str, Any]:
    """Difference to the printed value, the tolerance, and whether it is within that."""
    try:
        here, there = float(found.value), float(cell.printed)
    except ValueError:
        same = found.value.casefold() == cell.printed.casefold()
        return {"within": same, "tolerance_from": "the same words"}
    # Rounding ends the noise of subtracting what has a few places.
    difference = round(here - there, 6)
    allowed, origin = tolerance(entry, cell, found.seeds or 1)
    within = abs(difference) < allowed or math.isclose(abs(difference), allowed)
    if cell.qualifier in ABOVE:
        within = within and difference >= 0
    elif cell.qualifier in BELOW:
        within = within and difference <= 0
    return {
        "difference": difference,
        "tolerance": allowed,
        "tolerance_from": origin,
        "within": within,
    }


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
        return {"value": value, "within": True, "status": SET[0], "reason": reason}
    expected = several(rule.get("any_of", rule.get("is", cell.printed)))
    here, there = set(map(_word, used)), set(map(_word, expected))
    same = here <= there if "any_of" in rule else here == there
    return {
        "value": "; ".join(map(str, used)),
        "within": same,
        "tolerance_from": "the same setting",
        "status": SET[not same],
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
