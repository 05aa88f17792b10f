"""Clusters with what is known: each is a species with labelled keys, an unknown species of a genus,
or new.

Thresholds of the distance to the nearest key say where its species and its genus still hold. They
are chosen on val, whose species have keys, and val_unseen, whose species have none.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from bioscan.core.embeddings import unit

#: Columns of the table of named clusters.
NAMED_SCHEMA: dict[str, pl.DataType] = {
    "cluster": pl.Int32(),
    "status": pl.String(),
    "name": pl.String(),
    "samples": pl.UInt32(),
    "seen": pl.UInt32(),
    "distance": pl.Float64(),
    "agreement": pl.Float64(),
}

#: Columns of the table of names that are right and wrong. `truth`: of TRUTHS; `samples` is the sum
#: of those from `species_right` to `unjudged`.
NAMES_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("space", "modality", "split", "truth"), pl.String()),
    "samples": pl.UInt32(),
    **dict.fromkeys(
        ("species_right", "species_wrong", "genus_right", "genus_wrong", "new", "unjudged"),
        pl.UInt32(),
    ),
    "right": pl.Float64(),
}

#: What specimens are → the column of those that are called so.
TRUTHS = {
    "seen species": "species_right",
    "unseen species of a seen genus": "genus_right",
    "unseen genus": "new",
    "no species": None,
}

#: The share of a cluster whose nearest keys must agree on its name.
MAJORITY = 0.5

#: Similarities that are held at a time.
_BLOCK = 1 << 24


@dataclass(frozen=True)
class Nearest:
    """The nearest key of each query.

    Attributes:
        species, genus: (n,) its labels; null where it has none.
        distance: (n,) cosine distance.
    """

    species: pl.Series
    genus: pl.Series
    distance: np.ndarray

    def take(self, rows: np.ndarray) -> "Nearest":
        return Nearest(self.species[rows], self.genus[rows], self.distance[rows])


def nearest_keys(queries: np.ndarray, keys: np.ndarray, labels: pl.DataFrame) -> Nearest:
    """The nearest key of each query by cosine distance; of several, the first.

    Args:
        queries, keys: (n, d) and (m, d).
        labels: `species` and `genus` of the keys.
    """
    keys = unit(keys)
    nearest = np.zeros(len(queries), np.int64)
    distance = np.zeros(len(queries))
    for rows in np.array_split(np.arange(len(queries)), -(-len(queries) * len(keys) // _BLOCK)):
        similarity = unit(queries[rows]) @ keys.T
        nearest[rows] = similarity.argmax(axis=1)
        distance[rows] = 1 - similarity.max(axis=1)
    return Nearest(labels["species"][nearest], labels["genus"][nearest], distance)


def choose_threshold(distance: np.ndarray, right: np.ndarray) -> float:
    """The distance that tells right keys from wrong ones best.

    That is where the share of the right ones that are as near is the furthest above that of the
    wrong ones (Youden's index). Without wrong ones, all are near enough; without right ones, none.

    Args:
        distance: (n,) to the nearest key.
        right: (n,) whether its label is the true one.
    """
    if not right.any():
        return -np.inf
    if right.all():
        return float(distance.max())
    order = np.argsort(distance, kind="stable")
    distance, right = distance[order], right[order]
    index = np.cumsum(right) / right.sum() - np.cumsum(~right) / (~right).sum()
    # A threshold includes all samples of its distance.
    last = np.append(distance[1:] > distance[:-1], True)
    best = int(np.where(last, index, -np.inf).argmax())
    upper = distance[best + 1] if best + 1 < len(distance) else distance[best]
    return float((distance[best] + upper) / 2)


def thresholds(nearest: Nearest, truth: pl.DataFrame) -> dict[str, float]:
    """The distances up to which the nearest key gives the species, and the genus.

    Args:
        nearest: keys of validation samples.
        truth: their `species` and `genus`; samples without one are left out.
    """
    found = {}
    for rank in ("species", "genus"):
        known = truth[rank].is_not_null().to_numpy()
        same = (truth[rank] == getattr(nearest, rank)).fill_null(False).to_numpy()
        found[rank] = choose_threshold(nearest.distance[known], same[known])
    return found


def named_groups(
    nearest: Nearest, groups: np.ndarray, limits: dict[str, float]
) -> tuple[np.ndarray, pl.DataFrame]:
    """Clusters with a status and a name.

    A sample takes the species of its nearest key if it is near enough, or if that is the species of
    most of its group. What is left of a group is an unknown species of the genus on which most of
    it agrees, by keys that are near enough for a genus; or else it is new.

    Args:
        nearest: of each sample.
        groups: (n,) clusters without names.
        limits: of `thresholds`.

    Returns:
        (n,) int32 clusters, and NAMED_SCHEMA without `seen`, one row per cluster.
    """
    table = pl.DataFrame(
        {
            "group": groups,
            "species": nearest.species,
            "genus": nearest.genus,
            "distance": nearest.distance,
        }
    ).with_row_index("place")
    near = (pl.col("distance") <= limits["species"]) & pl.col("species").is_not_null()
    table = table.with_columns(pl.when(near).then(pl.col("species")).alias("named"))
    most = _majority(table, "named").rename({"name": "common"})
    joins = pl.col("named").is_null() & (pl.col("species") == pl.col("common"))
    table = table.join(most, on="group", how="left", maintain_order="left").with_columns(
        pl.when(joins).then(pl.col("species")).otherwise(pl.col("named")).alias("named")
    )
    near = (pl.col("distance") <= limits["genus"]) & pl.col("genus").is_not_null()
    left = table.filter(pl.col("named").is_null()).with_columns(
        pl.when(near).then(pl.col("genus")).alias("of_genus")
    )
    genera = _majority(left, "of_genus").rename({"name": "of_genus"})
    table = table.join(genera, on="group", how="left", maintain_order="left")
    known = pl.col("named").is_not_null()
    status = (
        pl.when(known)
        .then(pl.lit("species"))
        .when(pl.col("of_genus").is_not_null())
        .then(pl.lit("unknown_species"))
        .otherwise(pl.lit("new"))
    )
    table = table.with_columns(
        status.alias("status"),
        pl.when(known).then("named").otherwise("of_genus").alias("name"),
        pl.when(known).then(None).otherwise("group").alias("group"),
    )
    identity = ["status", "name", "group"]
    clusters = table.select(identity).unique(maintain_order=True)
    clusters = clusters.with_columns(cluster=pl.int_range(pl.len(), dtype=pl.Int32))
    table = table.join(clusters, on=identity, nulls_equal=True, maintain_order="left")
    label = pl.when(status == "species").then("species").otherwise("genus")
    described = table.group_by("cluster", "status", "name", maintain_order=True).agg(
        pl.len().cast(pl.UInt32).alias("samples"),
        pl.col("distance").mean(),
        (label == pl.col("name")).fill_null(False).mean().alias("agreement"),
    )
    # A cluster without a name has none to agree on.
    named = pl.when(pl.col("name").is_not_null()).then("agreement")
    return table["cluster"].to_numpy(), described.with_columns(named.alias("agreement"))


def score_names(
    specimens: pl.DataFrame, named: pl.DataFrame, species: pl.Series, genera: pl.Series
) -> pl.DataFrame:
    """What specimens are called by the names of their clusters, beside what they are.

    Args:
        specimens: split, species, genus (truth), and `cluster`.
        named: NAMED_SCHEMA.
        species, genera: that have labelled keys, in the split `train`.

    Returns:
        NAMES_SCHEMA without space and modality, a row per split and truth. `species_right`: called
        the species that it is; `genus_right`: called an unknown species of its genus; `unjudged`:
        called either, but without that label itself; `right`: percent with the answer that can be
        had: the species if it is seen, else the genus if it is seen, else new.
    """
    table = specimens.join(
        named.select("cluster", "status", "name"), on="cluster", how="left", maintain_order="left"
    )
    truth = (
        pl.when(pl.col("species").is_null())
        .then(pl.lit("no species"))
        .when(pl.col("species").is_in(species.implode()))
        .then(pl.lit("seen species"))
        .when(pl.col("genus").is_in(genera.implode()).fill_null(False))
        .then(pl.lit("unseen species of a seen genus"))
        .otherwise(pl.lit("unseen genus"))
    )
    called = {"species": "species", "genus": "unknown_species"}
    outcome = pl.when(pl.col("status") == "new").then(pl.lit("new"))
    for rank, status in called.items():
        same = pl.col("name") == pl.col(rank)
        answer = pl.when(same).then(pl.lit(f"{rank}_right")).otherwise(pl.lit(f"{rank}_wrong"))
        outcome = outcome.when((pl.col("status") == status) & pl.col(rank).is_not_null()).then(
            answer
        )
    outcome = outcome.otherwise(pl.lit("unjudged"))
    outcomes = [name for name, kind in NAMES_SCHEMA.items() if kind == pl.UInt32()][1:]
    counts = (
        table.select("split", truth=truth, outcome=outcome)
        .group_by("split", "truth")
        .agg(
            pl.len().alias("samples"),
            *((pl.col("outcome") == name).sum().alias(name) for name in outcomes),
        )
    )
    wanted = pl.coalesce(
        pl.when(pl.col("truth") == kind).then(name) for kind, name in TRUTHS.items() if name
    )
    share = (100 * wanted / pl.col("samples")).round(2)
    order = pl.col("truth").replace_strict({kind: n for n, kind in enumerate(TRUTHS)})
    return counts.with_columns(share.alias("right")).sort("split", order)


def _majority(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """The label that more than half of a group has: `group`, `name`."""
    counts = table.group_by("group", column).agg(pl.len().alias("count"))
    sizes = table.group_by("group").agg(pl.len().alias("size"))
    return (
        counts.drop_nulls(column)
        .join(sizes, on="group")
        .filter(pl.col("count") > MAJORITY * pl.col("size"))
        .select("group", pl.col(column).alias("name"))
    )
