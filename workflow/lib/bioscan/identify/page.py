"""Identified specimens as a page to look through: what needs a look first, by status and rank."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import polars as pl

from bioscan.core.pages import html_page
from bioscan.core.records import RANKS
from bioscan.identify.advice import SMALLEST, percent
from bioscan.identify.specimens import STATUSES, WEIGHED

#: Specimens on the page at most, with some 10 kB each; the CSV has all.
SHOWN = 2000

#: The statuses of specimens that need a look.
DUE = STATUSES[: STATUSES.index("decided above species")]

#: Said where the models are of simulated insects and the specimens are not.
SIMULATED = (
    "The references and classifiers of this run are of simulated insects, of which no real "
    "specimen is one: the crops are real, but the names of real specimens mean nothing."
)

#: What each status means.
MEANING = {
    "conflict": "photograph and barcode contradict each other",
    "barcode set aside": "a mixture, too short, or like no reference",
    "no specimen in the photograph": "the detector found no insect",
    "photograph set aside": "it cannot be used",
    "outside the region": "sure, but not of the list of the region",
    "new species?": "likely of a species that no reference is of",
    "not decided": "nothing is sure, not even the order",
    "decided above species": "the lineage ends where the evidence does",
    "decided to species": "all ranks are sure",
}

STYLE = """
body { max-width: 88rem; }
.due { font-size: 1.3rem; }
.warning { border-left: 4px solid #9c2f1f; padding: .3rem .8rem; background: #fff; }
.filters { position: sticky; top: 0; background: #fbfaf7; padding: .4rem 0; z-index: 1;
  border-bottom: 1px solid #d9d5cb; font: 14px/1.8 system-ui, sans-serif; }
.filters label { margin-right: .9rem; display: inline-block; }
.statuses { position: static; display: grid; gap: .2rem 1rem; line-height: 1.4;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.statuses small { color: #6b675e; display: block; padding-left: 1.5rem; }
.filters select, .filters input[type=search] { font: inherit; padding: .1rem .3rem; }
.count, .fact { color: #6b675e; font: 12.5px/1.45 system-ui, sans-serif; }
.count { overflow-wrap: anywhere; }
.fact { margin-top: .3rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
  gap: 1rem; margin-top: 1rem; }
article { background: #fff; border: 1px solid #e4e0d6; border-top: 3px solid #8fa67d;
  overflow-wrap: anywhere; }
article.look { border-top-color: #9c2f1f; }
article[hidden] { display: none; }
article header { display: flex; justify-content: space-between; gap: .5rem; padding: .4rem .75rem;
  font: 600 13px/1.4 system-ui, sans-serif; }
article header span { color: #5a6b4f; text-align: right; }
.look header span { color: #9c2f1f; }
article img { display: block; width: 100%; height: 12rem; object-fit: contain;
  background: #f1eee7; }
article > div { padding: .5rem .75rem .7rem; }
.whole { padding: .1rem .75rem; background: #f1eee7; }
.name { font-size: 1.15rem; }
.name small, .lineage { color: #6b675e; font-size: .85rem; }
.advice { margin: .4rem 0; font-size: .95rem; }
.look .advice { color: #9c2f1f; }
table { border-collapse: collapse; font: 12.5px/1.5 system-ui, sans-serif; margin: .35rem 0;
  width: 100%; }
td { padding: 0 .5rem 0 0; vertical-align: top; }
td:first-child { color: #6b675e; width: 3.6rem; }
td:last-child { width: 8.6rem; white-space: nowrap; padding: 0; }
.bar { display: inline-block; height: .5rem; background: #6f8a5b; vertical-align: middle; }
.unsure { color: #8a857a; }
.unsure .bar { background: #d3dac9; }
"""

#: Cards are hidden, not removed: filters need no server, and no other file.
SCRIPT = """
const cards = [...document.querySelectorAll('article')];
const boxes = [...document.querySelectorAll('input[name=status]')];
const rank = document.querySelector('#rank'), words = document.querySelector('#words');
function filter() {
  const on = new Set(boxes.filter(b => b.checked).map(b => b.value));
  const sought = words.value.trim().toLowerCase();
  let shown = 0;
  for (const card of cards) {
    const fits = on.has(card.dataset.status) && (!rank.value || card.dataset.rank === rank.value)
      && card.textContent.toLowerCase().includes(sought);
    card.hidden = !fits;
    shown += fits;
  }
  document.querySelector('#shown').textContent = shown;
}
for (const input of [...boxes, rank, words]) input.addEventListener('input', filter);
"""


def build_page(
    identified: pl.DataFrame,
    crop: Callable[[str], bytes | None],
    photograph: Callable[[str], bytes | None],
    models: Mapping[str, Any],
    title: str,
) -> str:
    """A self-contained HTML page.

    Args:
        identified: IDENTIFIED_SCHEMA, what needs a look first.
        crop: processid → JPEG of the insect, None where there is none.
        photograph: processid → JPEG of the whole photograph, shown where there is no crop; None
            where there is none.
        models: of models.json.
        title: heading of the page.
    """
    counts = dict(identified["status"].value_counts().iter_rows())
    due = sum(count for status, count in counts.items() if status in DUE)
    boxes = "".join(
        f'<label><input type="checkbox" name="status" value="{escape(status)}" checked> '
        f"{escape(status)} ({counts[status]:,})<small>{escape(MEANING[status])}</small></label>"
        for status in STATUSES
        if status in counts
    )
    ranks = "".join(f'<option value="{rank}">{rank}</option>' for rank in RANKS)
    shown = identified.head(SHOWN)
    cards = "".join(_card(row, crop, photograph) for row in shown.iter_rows(named=True))
    rest = identified.height - shown.height
    more = f" {rest:,} more are in identified.csv alone." if rest else ""
    used = "; ".join(f"{name} ({sha[:12]}…)" for name, sha in models["sha256"].items())
    return html_page(
        title,
        STYLE,
        f'<p class="due"><b>{due:,} of {identified.height:,}</b> need a look.</p>'
        + (f'<p class="warning">{SIMULATED}</p>' if models["simulated"] else "")
        + "<p>Each specimen is named down to the rank of which its barcode or its photograph makes "
        f"sure: a probability of {100 * models['confidence']:.0f} % or more. A bar is the "
        "probability that the name beside it is right; a pale one is not sure enough. A "
        "classifier of photographs takes every insect for one of the groups that it was trained "
        "on. What needs a look comes first; identified.csv has all that is here, and a verdict "
        "on it can be read back.</p>"
        f'<div class="filters"><label>named down to <select id="rank">'
        f'<option value="">any rank</option>{ranks}</select></label><label>with the words '
        '<input type="search" id="words"></label><span class="count"><span id="shown">'
        f"{shown.height}</span> of {identified.height:,} specimens shown.{more}</span></div>"
        f'<div class="filters statuses">{boxes}</div><div class="cards">{cards}</div>'
        f'<p class="count">Run {escape(models["run"])}, references of '
        f"{escape(models['references'])}. {escape(used)}</p><script>{SCRIPT}</script>",
    )


def _card(
    row: Mapping[str, Any],
    crop: Callable[[str], bytes | None],
    photograph: Callable[[str], bytes | None],
) -> str:
    name, status = escape(row["processid"]), escape(row["status"])
    look = "look" if row["status"] in DUE else ""
    lineage = " › ".join(escape(row[rank]) for rank in RANKS if row[rank] is not None)
    parts = [
        f'<div class="name">{_called(row)}</div><div class="lineage">{lineage}</div>',
        f'<div class="advice">{escape(row["advice"])}</div>',
        _bars(row),
    ]
    facts = {
        "Nearest references": row["references"],
        "Other names in reach": row["rivals"],
        "Noted": _unsaid(row["remarks"] or "", row["advice"]),
    }
    parts += [
        f'<div class="fact">{title}: {escape(text)}</div>' for title, text in facts.items() if text
    ]
    details = [f"Contradiction: {row['conflict']}"] if row["conflict"] else []
    if row["novelty"] is not None:
        details.append(f"Chance that no reference is of its species: {percent(row['novelty'])}.")
        if row["novelty_auroc"] is not None:
            details.append(
                f"Of a test barcode of a new species and one of a known species, as long as this "
                f"one, the new one has the greater chance in {percent(row['novelty_auroc'])} of "
                "all pairs."
            )
    details += row["said"].split("; ") if row["said"] else []
    if details:
        lines = "<br>".join(map(escape, details))
        parts.append(
            f'<details class="fact"><summary>How sure, and by what</summary>{lines}</details>'
        )
    return (
        f'<article class="{look}" data-status="{status}" data-rank="{row["rank"] or ""}">'
        f"<header>{name}<span>{status}</span></header>"
        f"{_picture(row['processid'], crop, photograph)}<div>{''.join(parts)}</div></article>"
    )


def _unsaid(remarks: str, advice: str) -> str:
    """The remarks that the advice does not have."""
    told = advice.lower()
    return "; ".join(
        one for one in remarks.split("; ") if one.split(": ", 1)[-1].lower() not in told
    )


def _called(row: Mapping[str, Any]) -> str:
    """The name, with its rank."""
    if row["name"] is None:
        return "no name"
    called = escape(row["name"])
    if row["rank"] in ("genus", "species"):
        called = f"<i>{called}</i>"
    return f"{called} <small>{row['rank']}</small>"


def _picture(
    processid: str,
    crop: Callable[[str], bytes | None],
    photograph: Callable[[str], bytes | None],
) -> str:
    """The crop; without one the whole photograph, which says so."""
    jpeg, note = crop(processid), ""
    if jpeg is None and (jpeg := photograph(processid)) is not None:
        note = '<div class="fact whole">the whole photograph</div>'
    if jpeg is None:
        return '<div class="fact whole">no photograph</div>'
    source = f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
    return f'<img loading="lazy" src="{source}" alt="{escape(processid)}">{note}'


def _bars(row: Mapping[str, Any]) -> str:
    rows = [
        f'<tr class="{"" if row[rank] else "unsure"}"><td>{rank}</td>'
        f"<td>{escape(row[f'likely_{rank}'])}</td>"
        f'<td><span class="bar" style="width:{70 * share:.0f}px"></span> {percent(share)}</td></tr>'
        for rank in WEIGHED
        if (share := row[f"probability_{rank}"]) is not None and share >= SMALLEST
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""
