"""Clusters as a page to decide on: crops, names, BINs, and where they disagree."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import polars as pl

from bioscan.cluster.composition import COMPARED, NOISE, spread
from bioscan.cluster.thumbnails import QUALITY, choose_evenly
from bioscan.core.images import encode
from bioscan.core.pages import html_page
from bioscan.core.words import counted

#: Side of a crop, pixels.
SIDE = 128

#: Crops of a cluster, at most.
CROPS = 8

#: Names of a cluster that are listed, and other clusters of a name, at most.
NAMES, ELSEWHERE = 8, 4

#: Columns of the table of a cluster's names.
LISTED = ("family", "species", "dna_bin", "letters")

#: Kind of clusters → heading, clusters shown at most, and advice.
SECTIONS = {
    "disagrees": (
        "Names, BINs and clusters disagree",
        40,
        "Several names in one cluster (lumped), or one name in several clusters (split). Either "
        "the clusters are wrong, or a label is, or a species hides another. Those with the most "
        "specimens at odds come first.",
    ),
    "unnamed": (
        "Not named yet",
        30,
        "No specimen of these clusters has a species. The largest come first: one identification "
        "names the most.",
    ),
    "agrees": (
        "Agree",
        6,
        "All specimens that have a species have the same one, and no other cluster has it. Unnamed "
        "specimens among them are likely of that species. The largest come first.",
    ),
}

INTRODUCTION = """Specimens that lie close to one another, without regard to their names. A cluster
is a proposal and no species. No label was changed."""

#: What is said without any species and BIN, and of photographs then.
UNSCORED = "No specimen has a species or a BIN, so nothing can disagree."
UNSCORED_CROPS = """Clusters may be of photographs (blurred, cut off, pale) as well as of insects:
look at the crops before you name one."""

#: What the red line means.
KEY = """<p><span class="odd-key">A red line</span> marks a specimen whose species or BIN is another
than the commonest one of its cluster. Where several are equally common, they mark none.</p>"""

STYLE = """
body { max-width: 84rem; }
h3 { font-size: 1.05rem; margin: 0; }
a { color: #1f5b87; }
.count, .id, th { color: #6b675e; font-weight: normal; }
article { background: #fff; border: 1px solid #e4e0d6; margin: 0 0 1rem;
  padding: .75rem 1rem 1rem; }
article:target { border-color: #1f5b87; box-shadow: 0 0 0 2px #1f5b87; }
ul { margin: .25rem 0 .5rem; padding-left: 1.2rem; }
.odds { font-weight: 600; }
.odd-key { border-top: 4px solid #9c2f1f; padding-top: .1rem; }
.crops { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; }
figure { margin: 0; width: 8.1rem; border-top: 4px solid #cfcabd; }
figure.odd { border-color: #9c2f1f; }
figure img { display: block; width: 100%; background: #f1eee7; }
figcaption, .id, table { font: 12px/1.35 system-ui, sans-serif; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: .1rem .9rem .1rem 0; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
"""


def choose_crops(specimens: pl.DataFrame, clusters: pl.DataFrame) -> dict[int, list[str]]:
    """The specimens that the page shows crops of: cluster → processids.

    Each name of a cluster has one before any has two.

    Args:
        specimens: those that have an image: processid, cluster, species, dna_bin.
        clusters: of `composition.compose_clusters`.
    """
    shown = {cluster for kind in SECTIONS for cluster in _shown(clusters, kind)["cluster"]}
    by_name = specimens.with_columns(pl.struct("species", "dna_bin").rank("dense").alias("name"))
    return {
        cluster: choose_evenly(members, "name", CROPS)
        for (cluster,), members in by_name.group_by("cluster")
        if cluster in shown
    }


def build_gallery(
    specimens: pl.DataFrame,
    clusters: pl.DataFrame,
    crops: Mapping[str, np.ndarray],
    title: str,
    table: str,
    notes: Sequence[str] = (),
) -> str:
    """A self-contained HTML page of the clusters most worth a look.

    Args:
        specimens: as in `composition.compose_clusters`, and `letters` of the barcode (null: none).
        clusters: its result.
        crops: processid → RGB (SIDE, SIDE, 3), of specimens of `choose_crops`.
        title: heading of the page.
        table: name of the file that lists all clusters.
        notes: how the clusters were made, a sentence each.
    """
    elsewhere = {label: spread(specimens, label) for label in COMPARED}
    members = {
        cluster: group for (cluster,), group in specimens.group_by("cluster", maintain_order=True)
    }
    linked = {cluster for kind in SECTIONS for cluster in _shown(clusters, kind)["cluster"]}
    cards = {
        row["cluster"]: _card(row, members[row["cluster"]], crops, elsewhere, linked)
        for row in clusters.filter(pl.col("cluster").is_in(linked)).iter_rows(named=True)
    }
    labelled = specimens.select(pl.any_horizontal(pl.col(*COMPARED).is_not_null().any())).item()
    kinds = SECTIONS if labelled else ("unnamed",)
    sections = "".join(_section(clusters, kind, cards) for kind in kinds)
    noise = specimens.filter(cluster=NOISE).height
    single = clusters.filter(pl.col("specimens") == 1).height
    counts = (
        f"{counted(specimens.height, 'specimen')}, {counted(clusters.height, 'cluster')}, of which "
        f"{single:,} of a single specimen; {counted(noise, 'specimen')} in no cluster. Shown are "
        f"{len(linked):,}; {table} lists all."
    )
    if crops:
        counts += (
            f" A cluster has at most {CROPS} crops of {SIDE} pixels, {len(crops):,} in all"
            + (
                ", and each of its names has one before any has two. What stands against a cluster "
                "is printed in bold."
                if labelled
                else "."
            )
        )
    unscored = [UNSCORED, UNSCORED_CROPS] if crops else [UNSCORED]
    said = [*notes, *([] if labelled else [" ".join(unscored)])]
    paragraphs = "".join(f"<p>{escape(note)}</p>" for note in said)
    return html_page(
        title,
        STYLE,
        f'<p>{INTRODUCTION}</p>{paragraphs}<p class="count">{escape(counts)}</p>'
        f"{KEY if crops and labelled else ''}{sections}",
    )


def _shown(clusters: pl.DataFrame, kind: str) -> pl.DataFrame:
    return clusters.filter(kind=kind).head(SECTIONS[kind][1])


def _section(clusters: pl.DataFrame, kind: str, cards: Mapping[int, str]) -> str:
    heading, _, advice = SECTIONS[kind]
    shown, every = _shown(clusters, kind), clusters.filter(kind=kind)
    if shown.is_empty():
        return f"<section><h2>{heading}</h2><p>There is none.</p></section>"
    count = counted(every.height, "cluster")
    if shown.height < every.height:
        hidden = every["specimens"].sum() - shown["specimens"].sum()
        count = (
            f"the first {shown.height} of {every.height:,} clusters; the others hold {hidden:,} "
            "specimens"
        )
    return (
        f'<section><h2>{heading} <span class="count">({count})</span></h2><p>{advice}</p>'
        f"{''.join(cards[cluster] for cluster in shown['cluster'])}</section>"
    )


def _card(
    row: dict[str, Any],
    members: pl.DataFrame,
    crops: Mapping[str, np.ndarray],
    elsewhere: Mapping[str, Mapping[str, list[tuple[int, int]]]],
    linked: set[int],
) -> str:
    distinct = "" if row["inputs"] == row["specimens"] else f", {row['inputs']:,} distinct"
    remarks = "".join(f"<li>{remark}</li>" for remark in _remarks(row, members, elsewhere, linked))
    commonest = {label: _commonest(members, label) for label in COMPARED}
    # The commonest name first.
    order = (
        members.with_columns(pl.len().over("species", "dna_bin").alias("n"))
        .filter(pl.col("processid").is_in(list(crops)))
        .sort("n", "species", "dna_bin", "processid", descending=[True, False, False, False])
    )
    figures = "".join(
        _figure(specimen, commonest, crops[specimen["processid"]])
        for specimen in order.iter_rows(named=True)
    )
    return (
        f'<article id="c{row["cluster"]}"><h3>{_heading(row, members)}</h3>'
        f'<div class="count">cluster {row["cluster"]}: {counted(row["specimens"], "specimen")}'
        f"{distinct}; {row['labelled']:,} with a species</div>"
        f"<ul>{remarks}</ul>"
        + (f'<div class="crops">{figures}</div>' if figures else "")
        + f"{_names(members)}</article>"
    )


def _commonest(members: pl.DataFrame, label: str) -> list[str]:
    """The label that most specimens of a cluster have; several that are equally common, sorted."""
    counts = members[label].drop_nulls().value_counts(name="n")
    return counts.filter(pl.col("n") == pl.col("n").max())[label].sort().to_list()


def _heading(row: dict[str, Any], members: pl.DataFrame) -> str:
    """The name that keys give, or the commonest name; with the share of it."""
    if row["status"] in ("species", "unknown_species"):
        start = "" if row["status"] == "species" else "Unknown species of "
        near = f"for {row['agreement']:.0%} of its specimens, the nearest labelled key"
        return f"{start}<i>{escape(row['named'])}</i> ({near} has this name)"
    if row["status"] == "new":
        return "New: near no labelled key"
    for label, holds in (("species", "in_species"), ("family", "in_family")):
        tied = _commonest(members, label)
        if len(tied) > 1:
            names = ", ".join(_name(name, label) for name in tied[:NAMES])
            more = f" and {len(tied) - NAMES:,} more" if len(tied) > NAMES else ""
            return f"Undecided between {names}{more} ({row[holds]:,} of {row['specimens']:,} each)"
        if row[label] is not None:
            return f"{_name(row[label], label)} ({row[holds]:,} of {row['specimens']:,})"
    return "No name" if row["dna_bin"] is None else escape(row["dna_bin"])


def _remarks(
    row: dict[str, Any],
    members: pl.DataFrame,
    elsewhere: Mapping[str, Mapping[str, list[tuple[int, int]]]],
    linked: set[int],
) -> Iterator[str]:
    """What stands against the cluster, and what stands for it."""
    if row["named_otherwise"]:
        yield _odds(f"labels against this name: {counted(row['named_otherwise'], 'specimen')}")
    for label, many, noun, plural in (
        ("species", "all_species", "species", "species"),
        ("dna_bin", "bins", "BIN", "BINs"),
    ):
        if row[many] > 1:
            yield _odds(f"lumps {row[many]:,} {plural}")
        elif row[many] == 1:
            yield f"one {noun}: {_name(row[label], label)}"
        names = members[label].drop_nulls().unique().sort().to_list()
        split = [name for name in names if name in elsewhere[label]]
        for name in split[:NAMES]:
            here = dict(elsewhere[label][name])
            others = [
                f"{_link(cluster, linked)} ({holds:,})"
                for cluster, holds in here.items()
                if cluster != row["cluster"]
            ]
            where = ", ".join(others[:ELSEWHERE])
            if len(others) > ELSEWHERE:
                where += f" and {len(others) - ELSEWHERE:,} more"
            total, part = sum(here.values()), here[row["cluster"]]
            yield _odds(
                f"splits {_name(name, label)}: {part:,} of {total:,} here, the others in {where}"
            )
        if len(split) > NAMES:
            yield _odds(f"splits {len(split) - NAMES:,} more {plural}")
    if row["families"] > 1:
        tied = _commonest(members, "family")
        most = (
            f"most {escape(tied[0])} ({row['in_family']:,})" if len(tied) == 1 else "none the most"
        )
        yield f"{row['families']:,} families, {most}"


def _figure(
    specimen: dict[str, Any], commonest: Mapping[str, Sequence[str]], pixels: np.ndarray
) -> str:
    """Args:
    commonest: the label that most of the cluster have, or several.
    """
    processid = escape(specimen["processid"])
    odd = any(
        len(names) == 1 and specimen[label] not in (None, *names)
        for label, names in commonest.items()
    )
    label = "dna_bin" if specimen["species"] is None else "species"
    name = "" if specimen[label] is None else _name(specimen[label], label)
    return (
        f"<figure{' class=odd' if odd else ''}>"
        f'<img src="data:image/jpeg;base64,{b64encode(encode(pixels, QUALITY)).decode()}" '
        f'alt="{processid}">'
        f'<figcaption>{name}<div class="id">{processid}</div></figcaption></figure>'
    )


def _names(members: pl.DataFrame) -> str:
    """A table of the names and BINs of a cluster, with the lengths of the barcodes."""
    names = (
        members.group_by(LISTED[:3])
        .agg(
            pl.len().alias("n"),
            pl.col("letters").min().alias("shortest"),
            pl.col("letters").max().alias("longest"),
            pl.col("processid").sort().first(),
        )
        .sort("n", "processid", descending=[True, False])
    )
    if members.select(pl.col(*LISTED).is_null().all()).row(0) == (True,) * len(LISTED):
        return ""
    rows = "".join(
        f'<tr><td class="n">{name["n"]:,}</td>'
        f"<td>{_name(name['species'], 'species')}</td><td>{escape(name['family'] or '–')}</td>"
        f"<td>{escape(name['dna_bin'] or '–')}</td><td>{_letters(name)}</td>"
        f"<td>{escape(name['processid'])}</td></tr>"
        for name in names.head(NAMES).iter_rows(named=True)
    )
    rest = names[NAMES:]
    more = (
        f'<tr><td class="n">{rest["n"].sum():,}</td><td colspan="5">of {rest.height:,} more names'
        "</td></tr>"
        if rest.height
        else ""
    )
    heads = ("", "species", "family", "BIN", "letters of the barcode", "for example")
    header = "".join(f"<th>{head}</th>" for head in heads)
    return f"<table><tr>{header}</tr>{rows}{more}</table>"


def _letters(name: dict[str, Any]) -> str:
    shortest, longest = name["shortest"], name["longest"]
    if shortest is None:
        return "–"
    return f"{shortest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"


def _name(name: str | None, label: str) -> str:
    if name is None:
        return "–"
    return f"<i>{escape(name)}</i>" if label == "species" else escape(name)


def _odds(text: str) -> str:
    return f'<span class="odds">{text}</span>'


def _link(cluster: int, linked: set[int]) -> str:
    return f'<a href="#c{cluster}">{cluster}</a>' if cluster in linked else str(cluster)
