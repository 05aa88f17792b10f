"""What each cluster is made of, and where names, BINs and clusters disagree."""

from typing import Literal

import polars as pl

#: The cluster of specimens that a method leaves in none.
NOISE = -1

#: Label → the column of `compose_clusters` that counts the specimens at odds by it.
COMPARED = {"species": "species_at_odds", "dna_bin": "bins_at_odds"}

#: What a cluster is to a taxonomist, in the order of a page.
Kind = Literal["disagrees", "unnamed", "agrees"]

#: Columns that a user's records may lack; `compose_clusters` needs all of them.
LABELS = {
    **dict.fromkeys(("family", "genus", "species", "dna_bin"), pl.String()),
    "seen": pl.Boolean(),
}

#: Columns of the names that labelled keys give to clusters.
NAMED = {
    "cluster": pl.Int32(),
    "status": pl.String(),
    "name": pl.String(),
    "agreement": pl.Float64(),
}


def with_labels(specimens: pl.DataFrame) -> pl.DataFrame:
    """The specimens with all columns of LABELS: null where records have none."""
    absent = {name: kind for name, kind in LABELS.items() if name not in specimens.columns}
    return specimens.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in absent.items()
    )


def compose_clusters(specimens: pl.DataFrame, named: pl.DataFrame | None = None) -> pl.DataFrame:
    """Sum up each cluster, those most worth a look first.

    A specimen is at odds by a label if its label is not the commonest one of its cluster, or if its
    cluster is not the one that holds most of its label; also if its cluster is named after labelled
    keys, and named otherwise. Specimens without a label are at odds with nothing. The commonest BIN
    and family are those of the commonest species, if that has any. Clusters with the
    most specimens that are at odds come first, then those without any species, then all others,
    each time the largest first.

    Args:
        specimens: processid, cluster, row (equal for equal inputs) and LABELS. Specimens in NOISE
            count for nothing.
        named: NAMED, the names of clusters.

    Returns:
        One row per cluster: cluster; kind; specimens; inputs (distinct ones); labelled (with a
        species); family, species, dna_bin, each the commonest one, and how many specimens have it
        (`in_family`, …) and how many different ones there are (`families`, `all_species`, `bins`);
        at_odds (specimens by any label), species_at_odds, bins_at_odds; named, status, agreement.
    """
    clustered = _mark_at_odds(_with_leading(specimens.filter(pl.col("cluster") != NOISE)), named)
    table = (
        clustered.group_by("cluster")
        .agg(
            pl.len().alias("specimens"),
            pl.col("row").n_unique().alias("inputs"),
            pl.col("species").count().alias("labelled"),
            pl.any_horizontal(*COMPARED.values(), "named_otherwise").sum().alias("at_odds"),
            *(pl.col(name).sum() for name in COMPARED.values()),
            pl.col("named_otherwise").sum(),
        )
        .join(_names(named), on="cluster", how="left")
    )
    for label, many in (("family", "families"), ("species", "all_species"), ("dna_bin", "bins")):
        commonest = _commonest(clustered, label).rename({"holds": f"in_{label}", "labels": many})
        table = table.join(commonest, on="cluster", how="left")
    # The main cluster of a species that is split has no specimen at odds of its own.
    split = _split(clustered, "species")["cluster"].implode()
    kind = (
        pl.when((pl.col("at_odds") > 0) | pl.col("cluster").is_in(split))
        .then(pl.lit("disagrees"))
        .when(pl.col("labelled") == 0)
        .then(pl.lit("unnamed"))
        .otherwise(pl.lit("agrees"))
        .cast(pl.Enum(["disagrees", "unnamed", "agrees"]))
    )
    counts = ("families", "all_species", "bins", "in_family", "in_species", "in_dna_bin")
    return (
        table.with_columns(kind.alias("kind"), pl.col(counts).fill_null(0))
        .select(
            *("cluster", "kind", "specimens", "inputs", "labelled", "at_odds"),
            *(*COMPARED.values(), "named_otherwise"),
            *("family", "in_family", "families", "species", "in_species", "all_species"),
            *("dna_bin", "in_dna_bin", "bins", "status", "named", "agreement"),
        )
        .sort("kind", "at_odds", "specimens", "cluster", descending=[False, True, True, False])
    )


def spread(specimens: pl.DataFrame, label: str) -> dict[str, list[tuple[int, int]]]:
    """Label → (cluster, specimens) of each cluster that has it, if several do; most first."""
    found = _split(specimens.filter(pl.col("cluster") != NOISE), label)
    return {
        name: list(zip(group["cluster"], group["holds"], strict=True))
        for (name,), group in found.group_by(label, maintain_order=True)
    }


def _with_leading(clustered: pl.DataFrame) -> pl.DataFrame:
    """Add `leading`: whether a specimen is of the commonest species of its cluster."""
    commonest = _commonest(clustered.with_columns(leading=False), "species")
    is_leading = pl.struct("cluster", "species").is_in(
        commonest.select(pl.struct("cluster", "species")).to_series().implode()
    )
    return clustered.with_columns(is_leading.alias("leading"))


def _mark_at_odds(clustered: pl.DataFrame, named: pl.DataFrame | None) -> pl.DataFrame:
    for label, column in COMPARED.items():
        # A tie goes to the first cluster.
        main = (
            _holdings(clustered, label)
            .sort("holds", "cluster", descending=[True, False])
            .unique(label, keep="first", maintain_order=True)
        )
        agreeing = _commonest(clustered, label).join(main, on=["cluster", label], how="semi")
        agreeing = agreeing.select("cluster", label, pl.lit(False).alias(column))
        clustered = clustered.join(
            agreeing, on=["cluster", label], how="left", maintain_order="left"
        ).with_columns(pl.col(column).fill_null(pl.col(label).is_not_null()))
    # A cluster called new, or an unknown species, holds no specimen of a species that keys have.
    known = pl.col("species").is_not_null() & pl.col("seen")
    otherwise = (
        pl.when(pl.col("status") == "species")
        .then(pl.col("species") != pl.col("named"))
        .when(pl.col("status") == "unknown_species")
        .then(known | (pl.col("genus") != pl.col("named")))
        .when(pl.col("status") == "new")
        .then(known)
    )
    return clustered.join(
        _names(named), on="cluster", how="left", maintain_order="left"
    ).with_columns(otherwise.fill_null(False).alias("named_otherwise"))


def _names(named: pl.DataFrame | None) -> pl.DataFrame:
    table = pl.DataFrame(schema=NAMED) if named is None else named.select(*NAMED)
    return table.cast(NAMED).rename({"name": "named"})


def _holdings(clustered: pl.DataFrame, label: str) -> pl.DataFrame:
    """How many specimens of each label a cluster holds: cluster, label, holds."""
    return (
        clustered.drop_nulls(label)
        .group_by("cluster", label)
        .agg(pl.len().alias("holds"))
        .sort("cluster", label)
    )


def _commonest(clustered: pl.DataFrame, label: str) -> pl.DataFrame:
    """The commonest label of each cluster: cluster, label, holds; labels, how many it has.

    That of its leading specimens, if they have any. A tie goes to the first name.
    """
    leading = clustered.drop_nulls(label).group_by("cluster", label).agg(pl.col("leading").sum())
    return (
        _holdings(clustered, label)
        .join(leading, on=["cluster", label])
        .sort("leading", "holds", label, descending=[True, True, False])
        .group_by("cluster")
        .agg(pl.col(label, "holds").first(), pl.len().alias("labels"))
    )


def _split(clustered: pl.DataFrame, label: str) -> pl.DataFrame:
    """The holdings of the labels that several clusters have."""
    holds = _holdings(clustered, label)
    return holds.filter(pl.len().over(label) > 1).sort(
        label, "holds", "cluster", descending=[False, True, False]
    )
