"""Suspects as a page to look through: images with their labels and the models' predictions."""

from base64 import b64encode
from collections.abc import Callable
from html import escape
from math import floor
from typing import Any

import polars as pl

from bioscan.core.pages import html_page

#: Images shown of each kind, at most.
SHOWN = 60

#: Kind → its heading, and advice.
SECTIONS = {
    "wrong label": (
        "May be a wrong label",
        "Nothing is amiss with the image, and the models are as sure as they are where they "
        "are right. Check the identification.",
    ),
    "bad photograph": (
        "Looks like a bad photograph",
        "Faults are printed in red. Check whether the specimen can be seen at all; if not, "
        "photograph it again or leave it out.",
    ),
}

#: How to read the page.
INTRODUCTION = """These images were not used for training, and every trained model (one per seed)
takes them for one and the same class that is not their label; the percentage is how sure they
are, on average. An image is called <em>blurred</em> (its edges are soft), <em>faint</em>
(little contrast), <em>small</em> (few pixels in the original) or said to have a <em>doubtful
box</em> (the detector was unsure) if it is worse in this than 95 % of the images that are
classified correctly, so some good ones are named too. It is a list of what to look at, and no
verdict: models confuse groups that look alike, and favour common ones. No label was changed."""

STYLE = """
body { max-width: 80rem; }
.count, .measures, .id { color: #6b675e; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; }
figure { margin: 0; background: #fff; border: 1px solid #e4e0d6; }
figure img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain;
  background: #f1eee7; }
figcaption { padding: .5rem .65rem .65rem; overflow-wrap: anywhere; }
figcaption div { margin-top: .15rem; }
.id, .measures { font: 12px/1.4 system-ui, sans-serif; }
.hints { color: #9c2f1f; }
"""


def build_gallery(
    suspects: pl.DataFrame, image: Callable[[int, int], bytes], title: str, table: str
) -> str:
    """A self-contained HTML page of the surest suspects of each kind.

    Args:
        suspects: rows of `suspects.list_suspects`.
        image: (shard, row) → JPEG.
        title: heading of the page.
        table: name of the file that lists all suspects.
    """
    unsure = suspects.height - suspects["kind"].is_in(list(SECTIONS)).sum()
    sections = "".join(
        _section(suspects.filter(kind=kind), image, heading, advice)
        for kind, (heading, advice) in SECTIONS.items()
    )
    return html_page(
        title,
        STYLE,
        f"<p>{INTRODUCTION}</p>"
        f'<p class="count">{escape(table)} lists all suspects, {suspects.height:,}; also those not '
        f"shown here because the image is good and the models are unsure, {unsure:,}.</p>"
        f"{sections}",
    )


def _section(
    suspects: pl.DataFrame, image: Callable[[int, int], bytes], heading: str, advice: str
) -> str:
    shown = suspects.head(SHOWN)
    if shown.is_empty():
        return f"<section><h2>{heading}</h2><p>There is none.</p></section>"
    count = f"{suspects.height:,} in all"
    if shown.height < suspects.height:
        count = f"the {shown.height} surest of {suspects.height:,}"
    cards = "".join(
        _card(row, image(row["shard"], row["row"])) for row in shown.iter_rows(named=True)
    )
    return (
        f'<section><h2>{heading} <span class="count">({count})</span></h2><p>{advice}</p>'
        f'<div class="cards">{cards}</div></section>'
    )


def _card(row: dict[str, Any], jpeg: bytes) -> str:
    label, prediction, processid, split = (
        escape(row[name]) for name in ("label", "prediction", "processid", "split")
    )
    hints = "" if row["hints"] is None else f'<div class="hints">{escape(row["hints"])}</div>'
    measures = [f"sharpness {row['sharpness']:.2f}", f"contrast {row['contrast']:.0f}"]
    if row["size"] is not None:
        measures.append(f"{row['size']} px")
    if row["score"] is not None:
        measures.append(f"box {row['score']:.4f}")
    return (
        f'<figure><img src="data:image/jpeg;base64,{b64encode(jpeg).decode()}" alt="{processid}">'
        f"<figcaption>label <b>{label}</b>, taken for <b>{prediction}</b> "
        f"({_percent(row['probability'])}){hints}"
        f'<div class="measures">{", ".join(measures)}</div>'
        f'<div class="id">{processid}, {split}</div></figcaption></figure>'
    )


def _percent(probability: float) -> str:
    """Truncated to one decimal, so that 100 % is shown for certainty only."""
    return f"{floor(1000 * probability) / 10}&nbsp;%"
