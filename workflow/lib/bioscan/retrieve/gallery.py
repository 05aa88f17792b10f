"""Queries and their nearest keys as a page of images (5M Figure A12)."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import polars as pl

from bioscan.core.pages import html_page
from bioscan.core.texts import TEXT_RANKS

#: Species per query, and queries per split, each of another species.
KEYS, QUERIES = 5, 12

#: Seed of the queries.
SEED = 0

#: Ranks at which a key can agree with the query, the lowest first → colour of its frame (light
#: green, turquoise and blue in 5M Figure A12), and a line style that shows without colours.
FRAMES = {
    "species": ("#66bb3c", "solid"),
    "genus": ("#1fb5ad", "dashed"),
    "family": ("#2f6fb5", "dotted"),
}

#: Split → heading.
HEADINGS = {
    "test": "Queries of seen species",
    "test_unseen": "Queries of unseen species",
}

STYLE = """
body { max-width: 76rem; }
h2 { margin-bottom: .5rem; }
.row { display: grid; grid-template-columns: repeat(6, 1fr); gap: .75rem; margin: 0 0 1rem; }
figure { margin: 0; padding: 4px; background: #fff; border: 4px solid #e4e0d6; }
figure.query { border-color: transparent; background: none; }
figure img, .none { display: block; width: 100%; aspect-ratio: 1; object-fit: contain;
  background: #f1eee7; }
.none { display: grid; place-items: center; text-align: center; padding: 1rem;
  box-sizing: border-box; font: 12px/1.35 system-ui, sans-serif; color: #6b675e; }
figcaption { font: 12px/1.35 system-ui, sans-serif; overflow-wrap: anywhere; padding-top: .3rem; }
.id { color: #6b675e; }
.frame { border: 4px; padding: 0 .4rem; margin-right: .6rem; }
"""


def choose_queries(queries: pl.DataFrame) -> pl.DataFrame:
    """The queries that are shown: of each split at most QUERIES, each of another species.

    Args:
        queries: processid, split and `TEXT_RANKS` of the queries that have nearest keys.
    """
    return (
        queries.drop_nulls("species")
        .filter(pl.col("split").is_in(list(HEADINGS)))
        .sort("processid")
        .sample(fraction=1, shuffle=True, seed=SEED)
        .unique("species", keep="first", maintain_order=True)
        .with_columns(pl.int_range(pl.len()).over("split").alias("turn"))
        .filter(pl.col("turn") < QUERIES)
        .sort("split", "turn")
        .drop("turn")
    )


def agreement(query: dict[str, Any], key: dict[str, Any]) -> str | None:
    """The lowest rank of FRAMES at which a key has the label of the query, if any."""
    return next((rank for rank in FRAMES if query[rank] and query[rank] == key[rank]), None)


def nearest_species(nearest: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """The KEYS species whose keys are nearest to each query, the nearest first.

    Many keys have one barcode, so the nearest ones alone would be one specimen again and again.

    Args:
        nearest: of `core.nearest.nearest_keys`.
        keys: processid and `TEXT_RANKS` of the keys.

    Returns:
        query; name, the lowest label; key, similarity and TEXT_RANKS of the nearest key; holds,
        how many of the nearest keys are of the species, and `of` how many.
    """
    labels = keys.select(pl.col("processid").alias("key"), *TEXT_RANKS)
    # A key without any label stands for itself.
    name = pl.coalesce(*reversed(TEXT_RANKS), "key").alias("name")
    return (
        nearest.join(labels, on="key", how="left", maintain_order="left")
        .with_columns(name, pl.len().over("query").alias("of"))
        .sort("query", "place")
        .group_by("query", "name", maintain_order=True)
        .agg(pl.len().alias("holds"), pl.col("key", "similarity", "of", *TEXT_RANKS).first())
        .group_by("query", maintain_order=True)
        .head(KEYS)
    )


def choose_images(nearest: pl.DataFrame, keys: pl.DataFrame, imaged: set[str]) -> dict[str, str]:
    """Key of `nearest_species` → the specimen whose image stands for it.

    Itself, where it has an image; otherwise the first specimen of its species among the keys that
    has one. A key without any is left out.

    Args:
        nearest: of `nearest_species`.
        keys: processid and `TEXT_RANKS` of the keys.
        imaged: processids that have an image.
    """
    others = dict(
        keys.drop_nulls("species")
        .filter(pl.col("processid").is_in(list(imaged)))
        .sort("processid")
        .group_by("species")
        .agg(pl.col("processid").first())
        .iter_rows()
    )
    shown = {
        key: key if key in imaged else others.get(species)
        for key, species in nearest.select("key", "species").iter_rows()
    }
    return {key: specimen for key, specimen in shown.items() if specimen is not None}


def build_page(
    queries: pl.DataFrame,
    nearest: pl.DataFrame,
    images: Mapping[str, str],
    image: Callable[[str], bytes | None],
    title: str,
    introduction: str,
) -> str:
    """A self-contained HTML page of queries and the KEYS species nearest to each.

    Args:
        queries: of `choose_queries`.
        nearest: of `nearest_species`.
        images: of `choose_images`.
        image: processid → JPEG; None where a specimen has no image.
        introduction: what was compared.
    """
    sections = ""
    for split, heading in HEADINGS.items():
        rows = "".join(
            _row(query, nearest.filter(query=query["processid"]).to_dicts(), images, image)
            for query in queries.filter(split=split).iter_rows(named=True)
        )
        sections += f"<section><h2>{heading}</h2>{rows or '<p>There is none.</p>'}</section>"
    legend = "".join(
        f'<span class="frame" style="border-style:{line};border-color:{colour}">same {rank}</span>'
        for rank, (colour, line) in FRAMES.items()
    )
    return html_page(title, STYLE, f"<p>{escape(introduction)}</p><p>{legend}</p>{sections}")


def _row(
    query: dict[str, Any],
    found: Iterable[dict[str, Any]],
    images: Mapping[str, str],
    image: Callable[[str], bytes | None],
) -> str:
    name = query["processid"]
    cards = [_card(query, name, image(name), ["query"], ' class="query"')]
    for key in found:
        rank = agreement(query, key)
        frame = ""
        if rank is not None:
            colour, line = FRAMES[rank]
            frame = f' style="border-color:{colour};border-style:{line}"'
        notes = [
            f"similarity {key['similarity']:.3f}" + (f", same {rank}" if rank else ""),
            f"{key['holds']} of the {key['of']} nearest keys",
        ]
        shown = images.get(key["key"])
        if shown not in (None, key["key"]):
            notes.append(f"image of {shown}, of this species")
        cards.append(_card(key, key["key"], image(shown) if shown else None, notes, frame))
    return f'<div class="row">{"".join(cards)}</div>'


def _card(
    labels: dict[str, Any],
    processid: str,
    jpeg: bytes | None,
    notes: Iterable[str],
    attributes: str,
) -> str:
    shown = '<div class="none">no specimen of this species has an image</div>'
    if jpeg is not None:
        data = b64encode(jpeg).decode()
        shown = f'<img src="data:image/jpeg;base64,{data}" alt="{escape(processid)}">'
    name = next((labels[rank] for rank in reversed(TEXT_RANKS) if labels[rank]), "no label")
    family = f", {labels['family']}" if labels["family"] and name != labels["family"] else ""
    below = "".join(f"<div>{escape(note)}</div>" for note in notes)
    return (
        f"<figure{attributes}>{shown}<figcaption><b>{escape(name)}</b>{escape(family)}{below}"
        f'<div class="id">{escape(processid)}</div></figcaption></figure>'
    )
