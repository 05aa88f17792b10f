"""Numbers that a text names, gathered from the cells of a table of the run."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import polars as pl

#: How several cells become one number: the least of them, or the middle one ("most").
TAKE: dict[str, Callable[[Sequence[float]], float]] = {"least": min, "median": median}


def gather(rule: Mapping[str, Any], table: pl.DataFrame) -> str | None:
    """The number that a rule of workflow/report/ledger.yaml takes from a table.

    Args:
        rule: `column`, or several; `where`, column → value of the rows, or several; and, where
            there may be several cells, `take` (a key of TAKE). Without `take`, values that differ
            are all given.
        table: rows of the run, as text.

    Returns:
        The number as text; None where the table has none.
    """
    columns, where = several(rule["column"]), rule.get("where", {})
    if not {*columns, *where} <= set(table.columns):
        return None
    chosen = table
    for name, values in where.items():
        chosen = chosen.filter(pl.col(name).is_in(list(map(str, several(values)))))
    cells = [value for name in columns for value in chosen[name] if value]
    if not cells:
        return None
    if "take" in rule:
        return f"{TAKE[rule['take']](list(map(float, cells))):g}"
    return "; ".join(dict.fromkeys(cells))


def several(given: Any) -> list[Any]:
    """The values that a key of the ledger gives: a list, or one alone."""
    return given if isinstance(given, list) else [given]
