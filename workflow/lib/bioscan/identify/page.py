"""Identified specimens as a page to look through: what needs a look first, by status and rank."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import polars as pl

from bioscan.core.pages import html_page
from bioscan.core.records import RANKS
from bioscan.identify.specimens import STATUSES, WEIGHED, percent

#: Specimens on the page at most, with some 10 kB each; the CSV has all.
SHOWN = 2000

#: What each status means, and what to do.
MEANING = {
    "conflict": "The photograph contradicts the barcode: they may be of two specimens, or the "
    "barcode is of a contamination. Check the plate.",
    "barcode set aside": "The barcode was not used: a mixture, too short, or like no reference.",
    "no specimen in the photograph": "The detector saw no insect: an empty well, or a specimen "
    "that it overlooked.",
    "photograph set aside": "The photograph cannot be used.",
    "outside the region": "Its species, or a group above it, is none of the list of the region.",
    "new species?": "It is more likely that no reference is of its species than that the nearest "
    "is.",
    "not decided": "Nothing is sure, not even the order.",
    "decided above species": "The lineage ends where the evidence does.",
    "decided to species": "All ranks are decided.",
}

STYLE = """
body { max-width: 88rem; }
.filters { position: sticky; top: 0; background: #fbfaf7; padding: .6rem 0; z-index: 1;
  border-bottom: 1px solid #d9d5cb; font: 14px/1.8 system-ui, sans-serif; }
.filters label { margin-right: .9rem; white-space: nowrap; }
.filters select, .filters input[type=search] { font: inherit; padding: .1rem .3rem; }
.count, .id, .fact { color: #6b675e; font: 12px/1.45 system-ui, sans-serif; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem;
  margin-top: 1rem; }
article { background: #fff; border: 1px solid #e4e0d6; overflow-wrap: anywhere; }
article[hidden] { display: none; }
article img, .none { display: block; width: 100%; height: 11rem; object-fit: contain;
  background: #f1eee7; }
.none { display: flex; align-items: center; justify-content: center; color: #8a857a; }
article > div { padding: .5rem .75rem .7rem; }
.status { font: 600 12px/1.4 system-ui, sans-serif; color: #5a6b4f; }
.look .status { color: #9c2f1f; }
.name { font-size: 1.1rem; }
.lineage { color: #6b675e; font-size: .85rem; }
.alarm { color: #9c2f1f; font-size: .9rem; }
table { border-collapse: collapse; font: 12px/1.5 system-ui, sans-serif; margin: .35rem 0; }
td { padding: 0 .6rem 0 0; vertical-align: top; overflow-wrap: normal; }
td:not(:last-child) { white-space: nowrap; }
.bar { display: inline-block; height: .5rem; background: #8fa67d; vertical-align: middle; }
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
    image: Callable[[str], bytes | None],
    models: Mapping[str, Any],
    title: str,
) -> str:
    """A self-contained HTML page.

    Args:
        identified: IDENTIFIED_SCHEMA, what needs a look first.
        image: processid → JPEG, None where there is none.
        models: of models.json.
        title: heading of the page.
    """
    counts = dict(identified["status"].value_counts().iter_rows())
    boxes = "".join(
        f'<label title="{escape(MEANING[status])}"><input type="checkbox" name="status" '
        f'value="{escape(status)}" checked> {escape(status)} ({counts[status]:,})</label>'
        for status in STATUSES
        if status in counts
    )
    ranks = "".join(f'<option value="{rank}">{rank}</option>' for rank in RANKS)
    shown = identified.head(SHOWN)
    cards = "".join(_card(row, image(row["processid"])) for row in shown.iter_rows(named=True))
    rest = identified.height - shown.height
    more = f" {rest:,} more are in identified.csv alone." if rest else ""
    used = "; ".join(f"{name} ({sha[:12]}…)" for name, sha in models["sha256"].items())
    return html_page(
        title,
        STYLE,
        "<p>Each specimen has one lineage, down to the rank of which its barcode or its photograph "
        f"makes sure: {100 * models['confidence']:.0f} % at least. The bars are the probabilities "
        "of the labels beside them, those that are not sure enough too. What needs a look comes "
        "first; identified.csv has all that is here, and a verdict on it can be read back.</p>"
        f'<div class="filters">{boxes}<br><label>decided to <select id="rank">'
        f'<option value="">any rank</option>{ranks}</select></label><label>with the words '
        '<input type="search" id="words"></label><span class="count"><span id="shown">'
        f"{shown.height}</span> of {identified.height:,} specimens.{more}</span></div>"
        f'<div class="cards">{cards}</div>'
        f'<p class="count">Run {escape(models["run"])}, references of '
        f"{escape(models['references'])}. {escape(used)}</p><script>{SCRIPT}</script>",
    )


def _card(row: Mapping[str, Any], jpeg: bytes | None) -> str:
    name, status = escape(row["processid"]), escape(row["status"])
    picture = '<div class="none">no crop</div>'
    if jpeg is not None:
        source = f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
        picture = f'<img loading="lazy" src="{source}" alt="{name}">'
    look = "look" if STATUSES.index(row["status"]) < STATUSES.index("decided above species") else ""
    called = escape(row["name"] or "not decided")
    if row["rank"] in ("genus", "species"):
        called = f"<i>{called}</i>"
    lineage = " › ".join(escape(row[rank]) for rank in RANKS if row[rank] is not None)
    parts = [
        f'<div class="status">{status}</div><div class="name">{called}</div>'
        f'<div class="lineage">{lineage}</div>'
    ]
    parts += [
        f'<div class="alarm">{escape(row[key])}</div>'
        for key in ("conflict", "remarks")
        if row[key]
    ]
    bars = "".join(
        f'<tr><td>{rank}</td><td><span class="bar" style="width:{80 * share:.0f}px"></span> '
        f"{percent(share)}</td><td>{escape(row[f'likely_{rank}'])}</td></tr>"
        for rank in WEIGHED
        if (share := row[f"probability_{rank}"]) is not None
    )
    parts.append(f"<table>{bars}</table>")
    if row["novelty"] is not None:
        told = row["novelty_auroc"]
        valid = "cannot be told at this length" if told is None else f"told with an AUROC of {told}"
        parts.append(
            f'<div class="fact">of a species without references: {percent(row["novelty"])} '
            f"({valid}; {row['letters']} letters)</div>"
        )
    facts = {"references": "nearest, with the difference of barcodes", "rivals": "also in reach"}
    parts += [
        f'<div class="fact">{title}: {escape(row[key])}</div>'
        for key, title in facts.items()
        if row[key]
    ]
    if row["said"]:
        lines = "<br>".join(escape(line) for line in row["said"].split("; "))
        parts.append(f'<details class="fact"><summary>all that was said</summary>{lines}</details>')
    return (
        f'<article class="{look}" data-status="{status}" data-rank="{row["rank"] or ""}">{picture}'
        f'<div>{"".join(parts)}<div class="id">{name}</div></div></article>'
    )
