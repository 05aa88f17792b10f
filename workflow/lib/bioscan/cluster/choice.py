"""Which clusters the figures and pages show."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from bioscan.core.encoders import ALL

#: Labels that maps colour, and their values that have a colour, at most; the others are grey.
COLOURED_LABELS = ("family", "order", "genus", "species", "dna_bin")
COLOURED = 9

#: Variants of the samples: all, or the first of each barcode (5M §A6.2).
ALL_SAMPLES, ONE_PER_BARCODE = "all samples", "one per barcode"

#: The published method (5M §4.3).
PUBLISHED = "ward"

#: Methods, of which pages show the first that there is → what they are, for people. All but the
#: last do without the number of species, which nobody knows of specimens without a name.
METHODS = {
    "known": "groups by the nearest labelled training specimens, and what is left",
    "ward_cut": "Ward's tree, cut by a criterion",
    "hdbscan": "HDBSCAN, which leaves specimens that are near no others in no cluster",
    "distance_2": "barcodes within 2 % of each other",
    "distance_3": "barcodes within 3 % of each other",
    PUBLISHED: "Ward's tree, cut into as many clusters as there are species",
}

#: How specimens in no cluster count in a score → in words.
NOISE_WORDS = {
    None: "",
    "one_class": " with those in no cluster as one cluster",
    "singletons": " with each of those in no cluster as one of its own",
}


def published_scores(scores: pl.DataFrame, variant: str, missing: str, split: str) -> pl.DataFrame:
    """The scores of the published method, which Figures 6 and A11 of 5M draw.

    Args:
        scores: `scores.SCORES_SCHEMA`.
        variant: of the samples.
        missing: how samples without a label count.
        split: the splits that are clustered together, as it stands in the scores.

    Returns:
        space, modality, rank, ami (percent), samples, without_label, clusters, classes; a row per
        rank and space of one modality.
    """
    return scores.filter(
        pl.col("modality") != "both",
        method=PUBLISHED,
        variant=variant,
        missing=missing,
        split=split,
    ).select(
        *("space", "modality", "rank", "ami"), *("samples", "without_label", "clusters", "classes")
    )


def choose_space(published: pl.DataFrame, spaces: Sequence[str]) -> tuple[int, str]:
    """The space that agrees best with species; the first where none has a score.

    Args:
        published: of `published_scores`.
        spaces: names of the spaces of a modality, in the order of the config.

    Returns:
        Its place in `spaces`, and the reason as a sentence.
    """
    scored = dict(published.filter(rank="species").select("space", "ami").iter_rows())
    found = [place for place, name in enumerate(spaces) if name in scored]
    if not found:
        return (
            0,
            f"{spaces[0]} is shown, the first encoder: no specimen has a species to choose by.",
        )
    best = max(found, key=lambda place: scored[spaces[place]])
    name = spaces[best]
    agreement = f"agree best with species (AMI {scored[name]:.1f} %)"
    if len(spaces) == 1:
        agreement = f"have an AMI of {scored[name]:.1f} % with species"
    return best, f"{name} is shown: its clusters by the published method {agreement}."


def describe_method(
    scores: pl.DataFrame, published: Mapping[str, str], space: str, method: str
) -> str:
    """The method of the clusters that pages show and their agreement with species, as a sentence.

    Args:
        scores: `scores.SCORES_SCHEMA`.
        published: missing and split, as in `published_scores`.
        space: its name.
        method: a key of METHODS.
    """
    found = scores.filter(
        pl.col("modality") != "both",
        space=space,
        method=method,
        variant=ALL_SAMPLES,
        rank="species",
        **published,
    )
    values = [
        f"{ami:.1f} %{NOISE_WORDS[noise]}" for ami, noise in found.select("ami", "noise").rows()
    ]
    agreement = f" AMI with species: {', '.join(values)}." if values else ""
    return f"The clusters shown are by the method {method} ({METHODS[method]}).{agreement}"


def choose_method(columns: Sequence[str]) -> str:
    """The method whose clusters pages show.

    Args:
        columns: of the table of clusters.
    """
    return next(method for method in METHODS if method in columns)


def read_space(specimens: Path, clusters: Path) -> tuple[pl.DataFrame, str]:
    """The specimens of a space with their clusters by each method, and the method to show."""
    found = pl.read_parquet(clusters)
    table = pl.read_parquet(specimens).join(
        found, on="processid", how="left", maintain_order="left"
    )
    return table, choose_method(found.columns)


class Shown(NamedTuple):
    """The space of a modality that is shown.

    Attributes:
        place: among the spaces of the modality.
        notes: sentences on the clusters that are shown, and on why they are of this space.
        specimens: with their clusters by each method.
        method: whose clusters pages show.
    """

    place: int
    notes: list[str]
    specimens: pl.DataFrame
    method: str


def read_shown(
    scores: Path,
    published: Mapping[str, str],
    spaces: Sequence[str],
    specimens: Sequence[Path],
    clusters: Sequence[Path],
) -> Shown:
    """The space that agrees best with species by the published method.

    Args:
        scores: scores.parquet.
        published: missing and split, as in `published_scores`.
        spaces: names of the spaces of a modality; specimens, clusters: their files.
    """
    table = pl.read_parquet(scores)
    place, reason = choose_space(published_scores(table, ALL_SAMPLES, **published), spaces)
    found, method = read_space(specimens[place], clusters[place])
    notes = [describe_method(table, published, spaces[place], method), reason]
    return Shown(place, notes, found, method)


def rank_values(values: pl.Series, most: int) -> list[str]:
    """The most frequent values, the most frequent first; a tie is in alphabetical order."""
    counts = values.drop_nulls().alias("value").value_counts(name="n")
    return counts.sort("n", "value", descending=[True, False])["value"].head(most).to_list()


def coloured_values(records: Path, split: str) -> dict[str, list[str]]:
    """The values of each label that have a colour on the maps of a dataset, in all of them alike.

    They are the most frequent among the records of the splits that are clustered, also those
    without an image.

    Args:
        records: partitioned.parquet.
        split: the splits, as in `published_scores`.
    """
    table = pl.scan_parquet(records)
    if split != ALL:
        table = table.filter(pl.col("split").is_in(split.split("+")))
    held = table.select(name for name in COLOURED_LABELS if name in table.collect_schema())
    return {column.name: rank_values(column, COLOURED) for column in held.collect()}
