"""The numbers that the papers print, one cell per number, and what each is compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.formats import NAMES as PAPERS
from bioscan.core.published import BIOSCAN1M_COLUMNS
from bioscan.core.records import BIOSCAN5M_SCHEMA
from bioscan.report.pages import COLUMNS, NAMES, VALUES

#: Setting of a run → the values in use (`report.settings`).
Settings = Mapping[str, list[Any]]

#: Why an empty cell is compared with nothing.
NOT_PRINTED = "the paper prints no number here"


@dataclass(frozen=True)
class Entry:
    """A file of published numbers in workflow/report/ledger.yaml.

    Attributes:
        title: of the table, as the report has it.
        keys: columns that name a row; by default those of the artefact of the same name.
        columns: of a table with several numbers per row.
        shown: the column of the printed value, where it is none of VALUES.
        once: columns that are printed once for several rows → the key that names these.
        made_in: the tables of this workflow with these numbers; by default the one of this name.
        tolerance: the difference up to which a share of one half (50 percent) counts as reproduced,
            where the paper prints no standard deviation; of other shares it is less, see
            `ledger.tolerance_of_share`. Without it, half a unit of the last printed place.
        choices: settings in which paper and released code differ and that these numbers depend on.
        anomalies: of the paper; a text, or `text` and the columns of the rows (`where`) it is of.
        why: the reason why the numbers are not computed, where `rows` gives none.
        made_here: names (first key) of the rows that are computed in spite of `why`.
        rows: keys, joined by " / ", and the column where its rule is its own → a reason; or the
            setting of the run that a number is compared with (`setting`, and `is` or `any_of`); or
            what the code always does (`fixed`), in runs that have the setting `of`; or the cells of
            a table that it is compared with (`table`, see `gathering.gather`); or why a number is
            compared and not judged (`unjudged`).
        each: the same of all rows, with the row's columns in braces.
    """

    title: str
    keys: Sequence[str] = ()
    columns: Sequence[str] = ()
    shown: str | None = None
    once: Mapping[str, str] = field(default_factory=dict)
    made_in: Sequence[str] = ()
    tolerance: float | None = None
    choices: Sequence[str] = ()
    anomalies: Sequence[str | Mapping[str, Any]] = ()
    why: str | None = None
    made_here: Sequence[str] = ()
    rows: Mapping[str, Any] = field(default_factory=dict)
    each: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Cell:
    """A printed number (or word).

    Attributes:
        table: the name of its file.
        keys: column → value of the row.
        column: of the number.
        printed: as printed, but for thousands, which are given in full.
        paper: the format of the dataset that it is of, `bioscan1m` or `bioscan5m`.
        std, seeds: printed standard deviation, and over how many seeds.
        step: one unit of the last printed place.
        unit: of the number, in words.
        qualifier: a word that stands before it, such as "over".
        source: the table or section of the paper.
        notes: doubts and known anomalies.
        rule: of `Entry.rows`: a reason or a comparison.
    """

    table: str
    keys: Mapping[str, str]
    column: str
    printed: str
    paper: str
    std: float | None
    seeds: int | None
    step: float
    unit: str
    qualifier: str
    source: str
    notes: tuple[str, ...]
    rule: str | Mapping[str, Any] | None


def read_entries(
    described: Mapping[str, Mapping[str, Any]],
    files: Sequence[str],
    keys: Mapping[str, Sequence[str]],
) -> dict[str, Entry]:
    """The entries of workflow/report/ledger.yaml, in their order.

    Args:
        described: table → attributes of `Entry`.
        files: the names of the files of published numbers.
        keys: artefact → its keys, for entries that name none.

    Raises:
        InputError: a file has no entry, or an entry no file.
    """
    if odd := sorted(set(files) ^ described.keys()):
        found, lacks = ("a file", "no entry") if odd[0] in files else ("an entry", "no file")
        raise InputError(
            f"workflow/report/ledger.yaml: {odd[0]!r} has {found} and {lacks}: each file of "
            "config/published needs an entry of its name under `tables`"
        )
    return {
        name: Entry(**{"keys": keys.get(name, ()), **given}) for name, given in described.items()
    }


def read_text(path: Path) -> pl.DataFrame:
    """A CSV file with all values as text; missing ones are empty."""
    return pl.read_csv(path, infer_schema=False).with_columns(pl.all().fill_null(""))


def released_columns(settings: Settings) -> dict[str, list[Any]]:
    """The columns of the tables that the run releases as settings, by their position."""
    columns = {"bioscan1m": BIOSCAN1M_COLUMNS, "bioscan5m": BIOSCAN5M_SCHEMA}
    return {
        f"{format}.column.{position}": [name]
        for format, names in columns.items()
        if f"{format}.released" in settings
        for position, name in enumerate(names, 1)
    }


def printed_cells(table: str, entry: Entry, published: pl.DataFrame) -> Iterator[Cell]:
    """The cells of a file of published numbers, in their order; last those that are printed once.

    Args:
        table: the name of the file.
        published: its rows, as text (see `read_text`).
    """
    thousands = "images" if "images_thousand" in published.columns else None
    published = published.rename(NAMES, strict=False)
    over = next((name for name in COLUMNS if name in published.columns), None)
    value = entry.shown or next((name for name in VALUES if name in published.columns), "")
    for row in published.iter_rows(named=True):
        keys = {name: row[name] for name in entry.keys}
        for column in entry.columns or [value]:
            named = row[over] if over and not entry.columns and over not in keys else column
            in_thousands = column == thousands or row.get("unit") == "thousand"
            yield _cell(table, entry, row, keys, column, named, in_thousands)
    for column, key in entry.once.items():
        printed = published.filter(pl.col(column) != "").unique(key, maintain_order=True)
        for row in printed.iter_rows(named=True):
            yield _cell(table, entry, row, {key: row[key]}, column, column, in_thousands=False)


def _cell(
    table: str,
    entry: Entry,
    row: Mapping[str, str],
    keys: Mapping[str, str],
    column: str,
    named: str,
    in_thousands: bool,
) -> Cell:
    """The number in a column of a row, which is `named` so in the tables of this workflow."""
    printed, rule = row[column], _rule(entry, row, keys, column)
    if in_thousands and printed:
        printed = f"{float(printed) * 1000:.0f}"
    return Cell(
        table=table,
        keys=keys,
        column=named,
        printed=printed,
        paper=_paper(table, row),
        std=float(row["std"]) if column == "mean" and row.get("std") else None,
        seeds=int(row["n_seeds"]) if row.get("n_seeds") else None,
        step=1000 if in_thousands else _step(printed),
        unit="" if in_thousands or column in entry.once else row.get("unit", ""),
        qualifier=row.get("qualifier", ""),
        source=row.get("source", ""),
        notes=tuple(_notes(entry, row)),
        rule=rule if printed or rule not in (None, entry.why) else NOT_PRINTED,
    )


def _rule(
    entry: Entry, row: Mapping[str, str], keys: Mapping[str, str], column: str
) -> str | dict[str, Any] | None:
    name = " / ".join(keys.values())
    rule = entry.rows.get(f"{name} / {column}", entry.rows.get(name))
    if rule is None and entry.each:
        return {name: text.format(**row) for name, text in entry.each.items()}
    if rule is None and entry.why and row[entry.keys[0]] not in entry.made_here:
        return entry.why
    return rule


def _notes(entry: Entry, row: Mapping[str, str]) -> Iterator[str]:
    if row.get("note"):
        yield row["note"]
    for anomaly in entry.anomalies:
        if isinstance(anomaly, str):
            yield anomaly
        elif all(row.get(name) == value for name, value in anomaly["where"].items()):
            yield anomaly["text"]


def _paper(table: str, row: Mapping[str, str]) -> str:
    """5M Table 2 prints the numbers of both datasets."""
    given = [format for format, name in PAPERS.items() if row.get("dataset", "").startswith(name)]
    return given[0] if given else table.split("_")[0]


def _step(printed: str) -> float:
    """0.1 of "15.2", 1 of "15" and of a word."""
    _, point, decimals = printed.partition(".")
    return 10.0 ** -len(decimals) if point and decimals.isdigit() else 1.0
