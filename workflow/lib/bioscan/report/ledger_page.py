"""The ledger as a page: a summary of the tables, and below it the numbers of each."""

from collections.abc import Iterator, Mapping
from html import escape

import polars as pl

from bioscan.core.pages import html_page
from bioscan.report.ledger import STATUSES

_STYLE = """
body { max-width: 76rem; }
table { border-collapse: collapse; font: 13px/1.4 "Helvetica Neue", Arial, sans-serif; }
th, td { padding: .15rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; border-bottom: 1px solid #b8b2a4; }
tr.of td { border-top: 1px solid #eceae3; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tfoot td { border-top: 1px solid #b8b2a4; font-weight: 600; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
.reproduced { color: #1d6b3a; } .differs { color: #a3341b; } .dim { color: #8a857a; }
ul.notes { font-size: 13px; color: #5d594f; margin: .3rem 0 .6rem; padding-left: 1.2rem; }
"""

#: What a run on simulated specimens can and cannot say, on every page that shows its numbers.
SIMULATED = (
    "The specimens of this run, or some of them, are not those of the papers. Their numbers are "
    "laid beside the printed ones, so that one can see that each is made, in the same units and "
    "places, and that none is absurd. That they agree or differ says nothing of the papers: such a "
    "number is <b>not judged</b>. Settings and the columns of the released files do not depend on "
    "specimens and are judged in every run."
)

#: The same of a run on the published data.
PUBLISHED = (
    "The specimens of this run are those of the papers, so every number that is made is judged."
)


def explain(rows: pl.DataFrame) -> str:
    """What the comparison of a run can say (HTML).

    Args:
        rows: the ledger.
    """
    return SIMULATED if (rows["status"] == "not judged").any() else PUBLISHED


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
        "A number is <b>reproduced</b> where it lies within the standard deviation that the paper "
        "prints, or else within the tolerance that the row states; a count is where it agrees to "
        "the last printed place. Where a run has several variants of a number (recipes, models), "
        "the summary counts the best, and the rows have all. <b>Not run</b> is what this workflow "
        "makes and this run does not; <b>not computed</b> what it does not make, with the reason. "
        f"</p><p>{explain(rows)}</p>"
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
        kind = "dim" if not row[status] else status if status in STATUSES[:2] else ""
        cells.append(f'<td class="n {kind}">{row[status]:,}</td>')
    return "".join(cells)


def _details(rows: pl.DataFrame, tables: pl.DataFrame) -> Iterator[str]:
    titles = dict(tables.select("table", "title").iter_rows())
    for part in rows.partition_by("table", maintain_order=True):
        table = part["table"][0]
        notes = part["footnotes"].str.split("; ").explode().unique(maintain_order=True)
        shown = "".join(f"<li>{escape(note)}</li>" for note in notes.drop_nulls() if note)
        yield (
            f'<details id="{table}"><summary>{escape(titles[table])} '
            f'<span class="dim">{escape(part["source"][0] or "")}</span></summary>'
            + (f'<ul class="notes">{shown}</ul>' if shown else "")
            + _numbers(part)
            + "</details>"
        )


def _numbers(part: pl.DataFrame) -> str:
    body = "".join(map(_number, part.iter_rows(named=True)))
    return (
        '<table><thead><tr><th>row</th><th>number</th><th>variant</th><th class="n">published</th>'
        '<th class="n">here</th><th class="n">difference</th><th class="n">tolerance</th>'
        "<th>status</th><th>follows</th></tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _number(row: Mapping[str, object]) -> str:
    within = {True: ", within", False: ", outside", None: ""}[row["within"]]
    status = row["status"] + (within if row["status"] == "not judged" else "")
    kind = row["status"] if row["status"] in STATUSES[:2] else "dim"
    reason = f' <span class="dim">{escape(row["reason"])}</span>' if row["reason"] else ""
    printed = _text(row["published"]) + _plus_minus(row["published_std"])
    here = _text(row["value"]) + _plus_minus(row["std"])
    if row["seeds"]:
        here += f' <span class="dim">n {row["seeds"]}</span>'
    difference = "" if row["difference"] is None else f"{row['difference']:+,.6g}"
    tolerance = "" if row["tolerance"] is None else f"{row['tolerance']:,.6g}"
    return (
        f'<tr class="of"><td>{_text(row["row"])}</td><td>{_text(row["column"])}</td>'
        f"<td>{_text(row['variant'])}</td>"
        f'<td class="n">{printed}</td><td class="n">{here}</td>'
        f'<td class="n">{difference}</td><td class="n">{tolerance}</td>'
        f'<td><span class="{kind}">{status}</span>{reason}</td>'
        f"<td>{_text(row['follows'])}</td></tr>"
    )


def _text(value: object) -> str:
    return escape("" if value is None else str(value))


def _plus_minus(std: object) -> str:
    return "" if std is None else f" ± {std:g}"
