"""The opening of the report: what ran, on what, and what came out.

It stands by itself as a page, and Snakemake's report shows it in place of a description of the
workflow. So its CSS is bound to its own element, and its links work in both places.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import polars as pl

from bioscan.core.formats import NAMES as PAPERS
from bioscan.core.words import counted
from bioscan.report.costs import duration, memory
from bioscan.report.ledger import STATUSES
from bioscan.report.ledger_page import explain

#: Rules that are named for their costs.
COSTLIEST = 5

SOURCES = {
    "published": "the published data",
    "simulated": "simulated specimens",
    "own": "specimens of your own",
}

#: The first four rules arrange Snakemake's report: the opening in its full width, from its top, and
#: the graph of the rules below it.
_STYLE = """
.prose:has(> .overview), .prose:has(.overview) { max-width: none !important; }
.overflow-auto:has(.overview) { align-items: flex-start !important; }
div:has(> #rulegraph) { flex-direction: column; }
#rulegraph { max-height: none !important; overflow-x: auto; max-width: 100%; }
.overview { max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem; color: #2b2a27;
  font: 15px/1.5 Georgia, "Times New Roman", serif; }
.overview h1 { font-size: 1.9rem; line-height: 1.2; font-weight: normal; margin: 0 0 .3rem; }
.overview h2 { font-size: 1.2rem; font-weight: normal; margin: 1.8rem 0 .4rem; padding-top: .8rem;
  border-top: 1px solid #d9d5cb; }
.overview p { margin: 0 0 .7rem; max-width: 50rem; }
.overview .lead { font-size: 1.05rem; color: #5d594f; }
.overview a { color: #14597a; text-decoration: underline; cursor: pointer; }
.overview table { border-collapse: collapse; margin: .3rem 0 .8rem;
  font: 13px/1.5 "Helvetica Neue", Arial, sans-serif; }
.overview th { text-align: left; font-weight: 600; border-bottom: 1px solid #b8b2a4; }
.overview th, .overview td { padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
.overview td + td.n, .overview th.n { text-align: right; font-variant-numeric: tabular-nums; }
.overview figure { margin: 1rem 0 .4rem; }
.overview figure img { width: 100%; height: auto; display: block; border-radius: 3px; }
.overview figcaption { font-size: 13px; color: #8a857a; margin-top: .25rem; }
.overview .bar { display: flex; height: 1.1rem; max-width: 50rem; border-radius: 3px;
  overflow: hidden; margin: .5rem 0; }
.overview .key { font: 13px/1.6 "Helvetica Neue", Arial, sans-serif; margin-bottom: .7rem; }
.overview .key i { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px;
  margin: 0 .35rem 0 1rem; }
.overview .key i:first-child { margin-left: 0; }
"""

#: The colours of STATUSES.
_COLOURS = ("#2e8b57", "#9cc5a1", "#c8553d", "#e3c77f", "#7b9fb8", "#d8d3c5", "#efece4")


@dataclass(frozen=True)
class Dataset:
    """A dataset on the page.

    Attributes:
        name: of the config.
        format, source: of the config.
        records: that are in a split.
        images: in the package of which the strip shows some; None without images.
        package: its name.
        set_aside: records and images that were.
        detector: that crops its photographs.
        strip: crops side by side, a JPEG.
    """

    name: str
    format: str
    source: str
    records: int
    images: int | None
    package: str | None
    set_aside: int
    detector: str | None
    strip: bytes | None


def overview(
    run: str,
    datasets: Sequence[Dataset],
    chapters: Mapping[str, Mapping[str, int]],
    rows: pl.DataFrame,
    tables: pl.DataFrame,
    costs: pl.DataFrame,
    pages: Mapping[str, str],
) -> str:
    """The page.

    Args:
        run: name of the run.
        datasets: in the order of the config.
        chapters: category of the report → kind → how many it has.
        rows, tables: the ledger and its summary.
        costs: of each rule (`costs.SCHEMA`).
        pages: `ledger` and `costs` → the path of the page, as the report knows it.
    """
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(run)}</title></head><body><style>{_STYLE}</style>"
        f'<main class="overview not-prose"><h1>Run <i>{escape(run)}</i></h1>{_lead(datasets)}'
        f"{''.join(map(_strip, datasets))}<h2>What ran, and on what</h2>{_datasets(datasets)}"
        f"<h2>Beside the papers</h2>{_ledger(rows, tables, pages['ledger'])}"
        f"<h2>What is in this report</h2>{_chapters(chapters)}"
        f"<h2>What it cost</h2>{_costs(costs, pages['costs'])}</main></body></html>\n"
    )


def _lead(datasets: Sequence[Dataset]) -> str:
    if not datasets:
        return '<p class="lead">Detectors alone: the run has no dataset.</p>'
    papers = [PAPERS[name] for name in PAPERS if any(d.format == name for d in datasets)]
    all_papers = all(dataset.format in PAPERS for dataset in datasets)
    after = f", in the format of {' and '.join(papers)}" if all_papers else ""
    records = sum(dataset.records for dataset in datasets)
    images = sum(dataset.images or 0 for dataset in datasets)
    shown = f" and {counted(images, 'image')}" if images else ""
    sources = dict.fromkeys(SOURCES[dataset.source] for dataset in datasets)
    return f'<p class="lead">{records:,} records{shown} of {" and ".join(sources)}{after}.</p>'


def _strip(dataset: Dataset) -> str:
    if dataset.strip is None:
        return ""
    return (
        f'<figure><img alt="crops of {escape(dataset.name)}" '
        f'src="data:image/jpeg;base64,{b64encode(dataset.strip).decode()}">'
        f"<figcaption>{escape(dataset.name)}: some of its {_images(dataset)}, taken evenly"
        "</figcaption></figure>"
    )


def _images(dataset: Dataset) -> str:
    """Their number and kind: those that could not be cropped are in no cropped package."""
    return f"{counted(dataset.images, 'image')} of {dataset.package}"


def _datasets(datasets: Sequence[Dataset]) -> str:
    rows = "".join(
        f"<tr><td>{escape(d.name)}</td><td>{SOURCES[d.source]}</td>"
        f"<td>{PAPERS.get(d.format, d.format)}</td>"
        f'<td class="n">{d.records:,}</td>'
        f'<td class="n">{"–" if d.images is None else escape(_images(d))}</td>'
        f'<td class="n">{d.set_aside:,}</td><td>{escape(d.detector or "–")}</td></tr>'
        for d in datasets
    )
    return (
        "<table><thead><tr><th>dataset</th><th>from</th><th>format</th>"
        '<th class="n">records</th><th class="n">images</th><th class="n">set aside</th>'
        f"<th>cropped by</th></tr></thead><tbody>{rows}</tbody></table>"
        "<p>Set aside are records and images that cannot be read or show no insect; each dataset "
        "has a page that lists them with their reasons.</p>"
    )


def _ledger(rows: pl.DataFrame, tables: pl.DataFrame, page: str) -> str:
    total = tables.select("numbers", *STATUSES, "within").sum().row(0, named=True)
    shares = [(name, total[name], colour) for name, colour in zip(STATUSES, _COLOURS, strict=True)]
    bar = "".join(
        f'<div style="flex:{count};background:{colour}" title="{name}: {count:,}"></div>'
        for name, count, colour in shares
        if count
    )
    key = "".join(
        f'<i style="background:{colour}"></i>{name} {count:,}' for name, count, colour in shares
    )
    return (
        f"<p>The papers print {total['numbers']:,} numbers and settings. "
        f"{_link(page, 'All of them')} stand beside those of this run.</p>"
        f'<div class="bar">{bar}</div><div class="key">{key}</div><p>{explain(rows)}</p>'
    )


def _chapters(chapters: Mapping[str, Mapping[str, int]]) -> str:
    rows = "".join(
        f"<tr><td><a onclick=\"app.showCategory('{escape(category)}')\">{escape(category)}</a></td>"
        + "".join(
            f'<td class="n">{counts.get(kind, 0) or "–"}</td>'
            for kind in ("table", "figure", "page")
        )
        + "</tr>"
        for category, counts in chapters.items()
    )
    return (
        '<table><thead><tr><th>chapter</th><th class="n">tables</th><th class="n">figures</th>'
        f'<th class="n">pages</th></tr></thead><tbody>{rows}</tbody></table>'
        "<p>In the menu on the left, the eye shows a table or figure, and the <i>i</i> beside it "
        "its caption and the rule that made it. Workflow shows the graph of all rules.</p>"
    )


def _costs(costs: pl.DataFrame, page: str) -> str:
    if costs.is_empty():
        return "<p>The run has no benchmarks.</p>"
    rows = "".join(
        f"<tr><td>{row['rule']}</td><td>{row['stage']}</td>"
        f'<td class="n">{row["jobs"]:,}</td><td class="n">{duration(row["seconds"])}</td>'
        f'<td class="n">{memory(row["greatest_memory_mb"])}</td></tr>'
        for row in costs.sort("seconds", descending=True).head(COSTLIEST).iter_rows(named=True)
    )
    return (
        f"<p>{costs['jobs'].sum():,} jobs took {duration(costs['seconds'].sum())} one after the "
        f"other, the largest {memory(costs['greatest_memory_mb'].max())} of memory. "
        f"{_link(page, 'Costs of every rule')}; the costliest are</p>"
        '<table><thead><tr><th>rule</th><th>stage</th><th class="n">jobs</th>'
        '<th class="n">time</th><th class="n">memory</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _link(page: str, text: str) -> str:
    """To a page of the report; where this page stands by itself, to its file."""
    content = f"content:'html',contentPath:results['{page}'].data_uri,resultPath:'{page}'"
    show = f"app.setView({{{content}}})"
    file = "/".join(page.split("/")[-2:])
    return f'<a href="{file}" onclick="if(window.results){{{show};return false}}">{text}</a>'
