"""The ledger as a page: a summary of the tables, and below it the numbers of each."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import polars as pl

from bioscan.core.pages import html_page
from bioscan.report.ledger import BETWEEN, STATUSES
from bioscan.report.pages import OTHER_SPECIMENS, VALUES

_STYLE = """
body { max-width: 100rem; }
table { border-collapse: collapse; font: 13px/1.4 "Helvetica Neue", Arial, sans-serif; }
th, td { padding: .15rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; border-bottom: 1px solid #b8b2a4; }
tr.of td { border-top: 1px solid #eceae3; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.of { white-space: nowrap; } td .words { white-space: normal; }
details td:last-child { min-width: 14rem; }
tfoot td { border-top: 1px solid #b8b2a4; font-weight: 600; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
.reproduced, .as-printed { color: #1d6b3a; } .differs { color: #a3341b; }
.set-otherwise { color: #8a6212; } .dim { color: #8a857a; }
ul.notes { font-size: 13px; color: #5d594f; margin: .3rem 0 .6rem; padding-left: 1.2rem; }
"""

# What the comparison of a run can say, on every page that shows its numbers: of the numbers that it
# makes on the specimens of the papers, of those on others, where it makes none, and of settings.
JUDGED = (
    "Numbers that this run makes on the specimens of the papers are <b>reproduced</b> or differ; "
    "of a few a remark says why they are not judged."
)
OTHERS = (
    "The specimens of this run, or some of them, are not those of the papers. Their numbers are "
    "laid beside the printed ones, so that one can see that each is made, in the same units and "
    "places, and that none is absurd. That they agree or differ says nothing of the papers: such a "
    "number is <b>not judged</b>."
)
NONE_MADE = (
    "This run makes none of the numbers that the papers print, so none is reproduced, and none "
    "differs."
)
SETTINGS = (
    "Settings, and the columns of released files, do not depend on specimens: those in use here "
    "are <b>as printed</b>, or <b>set otherwise</b>, on purpose, in the config of the run. The one "
    "is no result, and the other no fault: it says that numbers were not made as the papers'."
)


def explain(rows: pl.DataFrame) -> str:
    """What the comparison of a run can say (HTML).

    Args:
        rows: the ledger.
    """
    made = rows.filter(pl.col("dataset").is_not_null())
    others = pl.col("reason").is_in(OTHER_SPECIMENS.values()).fill_null(False)
    parts = [
        JUDGED if made.select((~others).any()).item() else None,
        OTHERS if made.select(others.any()).item() else None,
        NONE_MADE if made.is_empty() else None,
        SETTINGS,
    ]
    return " ".join(filter(None, parts))


def ledger_page(rows: pl.DataFrame, tables: pl.DataFrame, run: str) -> str:
    """The page.

    Args:
        rows: of `ledger`.
        tables: its `summary`.
        run: the name of the run.
    """
    introduction = (
        f"<p>Every number that the papers print, {tables['numbers'].sum():,} in "
        f"{tables.height} tables, lists and passages, beside that of this run. "
        "A number is <b>reproduced</b> where it lies within the tolerance that its row states: a "
        "mean over seeds within the interval that holds 95 % of repetitions of the same model, so "
        "that of twenty true repetitions about one differs; an accuracy within a share that is "
        "stated for its table; a count to the last printed place. Where a run has several variants "
        "of a number (recipes, models), the summary counts the best, and the rows have all. <b>Not "
        "run</b> is what this workflow makes and this run does not, and the remark says which part "
        "of it this run lacks; <b>not computed</b> what it does not make, with the reason.</p>"
        f"<p>{explain(rows)}</p>"
        "<p>The same rows, with footnotes, are in <code>overview/tables/ledger.csv</code>.</p>"
    )
    return html_page(
        f"Reproduced and published: {run}",
        _STYLE,
        introduction + _summary(tables) + "<h2>All numbers</h2>" + "".join(_details(rows, tables)),
    )


def _summary(tables: pl.DataFrame) -> str:
    headings = "".join(f'<th class="n">{name}</th>' for name in ("numbers", *STATUSES))
    body = "".join(
        f'<tr class="of"><td><a href="#{row["table"]}">{escape(row["title"])}</a></td>'
        + _counts(row)
        + "</tr>"
        for row in tables.iter_rows(named=True)
    )
    total = tables.select("numbers", *STATUSES).sum().row(0, named=True)
    return (
        f"<table><thead><tr><th>table</th>{headings}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot><tr><td>all</td>{_counts(total)}</tr></tfoot></table>"
    )


def _counts(row: Mapping[str, int]) -> str:
    cells = [f'<td class="n">{row["numbers"]:,}</td>']
    for status in STATUSES:
        kind = _kind(status) if row[status] else "dim"
        cells.append(f'<td class="n {kind}">{row[status]:,}</td>')
    return "".join(cells)


def _kind(status: str) -> str:
    """The class of a status: those that are judged have a colour."""
    return status.replace(" ", "-") if status in STATUSES[:4] else ""


def _details(rows: pl.DataFrame, tables: pl.DataFrame) -> Iterator[str]:
    titles = dict(tables.select("table", "title").iter_rows())
    for part in rows.partition_by("table", maintain_order=True):
        table = part["table"][0]
        notes = part["footnotes"].str.split(BETWEEN).explode().unique(maintain_order=True)
        shown = "".join(f"<li>{escape(note)}</li>" for note in notes.drop_nulls() if note)
        yield (
            f"<details><summary>{escape(titles[table])} "
            f'<span class="dim">{escape(part["source"][0] or "")}</span></summary>'
            # Within, so that a browser that goes there opens it.
            f'<a id="{table}"></a>'
            + (f'<ul class="notes">{shown}</ul>' if shown else "")
            + _numbers(part)
            + "</details>"
        )


def _numbers(part: pl.DataFrame) -> str:
    body = "".join(map(_number, part.iter_rows(named=True)))
    return (
        '<table><thead><tr><th>row</th><th>number</th><th>variant</th><th class="n">published</th>'
        '<th class="n">here</th><th class="n">difference</th><th class="n">tolerance</th>'
        "<th>status</th><th>follows</th><th>remark</th></tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _number(row: Mapping[str, Any]) -> str:
    kind = _kind(row["status"]) or "dim"
    judged = row["status"] != "not judged"
    others = row["reason"] in OTHER_SPECIMENS.values()
    # The only number of a row needs no name.
    number = None if row["column"] in VALUES else row["column"]
    within = "" if judged else ", within" if row["within"] else ", outside"
    # Columns of several kinds of numbers are written as decimals, counts among them.
    here = _value(row["value"] and row["value"].removesuffix(".0")) + _plus_minus(row["std"])
    if row["seeds"]:
        here += f' <span class="dim">n {row["seeds"]}</span>'
    return (
        f'<tr class="of"><td class="of">{_keys(row["row"])}</td><td>{_text(number)}</td>'
        f"<td>{_text(row['variant'])}</td>"
        f'<td class="n">{_value(row["published"])}{_plus_minus(row["published_std"])}</td>'
        f'<td class="n">{here}</td><td class="n">{_number_of(row["difference"], "+")}</td>'
        f'<td class="n">{_number_of(row["tolerance"])}</td>'
        f'<td class="{kind} of">{row["status"]}{within}</td><td>{_text(row["follows"])}</td>'
        # That specimens are others stands above all tables.
        f'<td class="dim">{_text(None if others else row["reason"])}</td></tr>'
    )


def _keys(row: str) -> str:
    """The keys of a row without their names, but for numbers: "k: 1"."""
    return escape(re.sub(r"(^|, )\w+: (?!\d)", r"\1", row))


def _text(value: str | None) -> str:
    return escape(value or "")


def _value(text: str | None) -> str:
    """A number of four digits or more in thousands; words as they are, which may be long."""
    if text and re.fullmatch(r"\d{4,}(\.\d+)?", text):
        whole, point, decimals = text.partition(".")
        return f"{int(whole):,}{point}{decimals}"
    return f'<span class="words">{escape(text)}</span>' if text else ""


def _number_of(value: float | None, sign: str = "") -> str:
    """A number with as many places as it needs, four at the most."""
    if value is None:
        return ""
    text = f"{value:{sign},.4f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def _plus_minus(std: float | None) -> str:
    return "" if std is None else f" ± {std:g}"
